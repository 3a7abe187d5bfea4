/** Pulumi's type tokens of the resources that the policies speak of; the SDKs aren't loaded for their names. */
export const SECRET = "kubernetes:core/v1:Secret";
export const KMS_KEY = "aws:kms/key:Key";
export const REPLICATION_GROUP = "aws:elasticache/replicationGroup:ReplicationGroup";
export const SECRET_ENTRY = "aws:secretsmanager/secret:Secret";
export const SECRET_VERSION = "aws:secretsmanager/secretVersion:SecretVersion";
export const BUCKET = "aws:s3/bucket:Bucket";
export const BUCKET_ENCRYPTION =
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration";
export const LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup";
export const STACK = "pulumi:pulumi:Stack";

/** The variables by which a program is told where its sessions are. */
export const SESSION_STORE = "SESSION_STORE";
export const REDIS_URL = "REDIS_URL";
export const SESSION_VARIABLES: ReadonlySet<string> = new Set([SESSION_STORE, REDIS_URL]);

/** The API group of routes. */
export const GATEWAY = "gateway.networking.k8s.io";

/** The header that asks a route for one release: the pack imports nothing of the program, and a spec holds both to one name. */
export const RELEASE_HEADER = "x-runbooks-release";
