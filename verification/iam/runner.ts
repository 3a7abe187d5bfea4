import type { Grant } from "./policy.ts";

const backend = (action: string, resource: string): Grant => ({ action, place: { resources: [resource] } });

/** Pulumi's state in a bucket: reading it, as a preview does (gocloud.dev/blob/s3blob, which Pulumi's file backend uses). */
const READ_STATE: readonly Grant[] = [
  backend("s3:ListBucket", "arn:<partition>:s3:::<backend>"),
  backend("s3:GetObject", "arn:<partition>:s3:::<backend>/.pulumi/*"),
];

/** What an update writes: checkpoint, history, backups and the lock, which is deleted at its end. */
const WRITE_STATE: readonly Grant[] = ["s3:PutObject", "s3:DeleteObject"].map((action) =>
  backend(action, "arn:<partition>:s3:::<backend>/.pulumi/*"),
);

/** The stack's secrets provider (gocloud.dev/secrets/awskms): whoever reads a secret decrypts, whoever writes one encrypts. */
const stackKey = (action: string): Grant => ({
  action,
  place: {
    resources: ["arn:<partition>:kms:<region>:<account>:key/*"],
    condition: { "ForAnyValue:StringEquals": { "kms:ResourceAliases": "alias/<stack-key>" } },
  },
});

const recordObject = (action: string): Grant => backend(action, "arn:<partition>:s3:::<records>/*");
const recordKey = (action: string): Grant => ({
  action,
  place: {
    resources: ["arn:<partition>:kms:<region>:<account>:key/*"],
    condition: {
      StringLike: {
        "aws:ResourceTag/runbooks:change": "*",
        "kms:EncryptionContext:aws:s3:arn": "arn:<partition>:s3:::<records>*",
      },
      StringEquals: { "kms:ViaService": "s3.<region>.amazonaws.com" },
    },
  },
});

/** The log group of EKS' usual Fluent Bit; another one of the setting `logs.group` is named by hand. */
const LOG_GROUP = "arn:<partition>:logs:<region>:<account>:log-group:/aws/containerinsights/<cluster>/application";

interface Needs {
  read: readonly Grant[];
  write: readonly Grant[];
  /** of `doctor` alone */
  examine?: readonly Grant[];
}

/** The SDK's commands that the runner sends itself, by what they need. Nothing else of the SDK is imported by `infra/`. */
export const SDK_COMMANDS: Readonly<Record<string, Needs>> = {
  GetObjectCommand: { read: [recordObject("s3:GetObject"), recordKey("kms:Decrypt")], write: [] },
  HeadObjectCommand: { read: [recordObject("s3:GetObject")], write: [] },
  ListObjectsV2Command: { read: [backend("s3:ListBucket", "arn:<partition>:s3:::<records>")], write: [] },
  PutObjectCommand: {
    read: [],
    write: [recordObject("s3:PutObject"), recordKey("kms:GenerateDataKey"), recordKey("kms:Decrypt")],
  },
  DescribeLogGroupsCommand: {
    read: [],
    write: [],
    examine: [{ action: "logs:DescribeLogGroups", place: { resources: ["*"] } }],
  },
  FilterLogEventsCommand: {
    read: [],
    write: [],
    examine: [backend("logs:FilterLogEvents", `${LOG_GROUP}:*`), backend("logs:FilterLogEvents", LOG_GROUP)],
  },
  PublishCommand: {
    read: [],
    write: [backend("sns:Publish", "arn:<partition>:sns:<region>:<account>:<notify-topic>")],
  },
};

/**
 * What empties the bucket of a trial before it is deleted (terraform-provider-aws, internal/service/s3/bucket.go, emptyBucket: on a bucket
 * with object lock it asks to bypass governance, though nothing is locked there).
 */
export const TO_EMPTY: readonly Grant[] = [
  backend("s3:ListBucketVersions", "arn:<partition>:s3:::<records>"),
  ...["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:BypassGovernanceRetention"].map(recordObject),
];

/**
 * What `metrics.source: aws-load-balancer` and an own metric of the source `cloudwatch` ask, beside a runner's policy. It can't be narrowed:
 * the action takes no resource and no condition of its own (AWS' service authorization reference, Amazon CloudWatch).
 */
export const TO_READ_METRICS: readonly Grant[] = [{ action: "cloudwatch:GetMetricData", place: { resources: ["*"] } }];

const sent = (how: "read" | "write"): Grant[] => Object.values(SDK_COMMANDS).flatMap((command) => command[how]);

/** The cluster's address, for the kubeconfig; what may be done in it is the cluster's own business (an access entry or RBAC). */
const CLUSTER: Grant = {
  action: "eks:DescribeCluster",
  place: { resources: ["arn:<partition>:eks:<region>:<account>:cluster/<cluster>"] },
};

const IDENTITY: Grant = { action: "sts:GetCallerIdentity", place: { resources: ["*"] } };

const READS: readonly Grant[] = [IDENTITY, CLUSTER, ...READ_STATE, stackKey("kms:Decrypt"), ...sent("read")];

/** What whoever looks needs besides AWS' part of the program: state, records, the stack's secrets, the cluster's address, the logs. */
export const TO_LOOK: readonly Grant[] = [
  ...READS,
  ...Object.values(SDK_COMMANDS).flatMap(({ examine = [] }) => examine),
];

/** What whoever changes needs: to read the same but the logs, and to write state and records, to encrypt, and to tell people. */
export const TO_CHANGE: readonly Grant[] = [...READS, ...WRITE_STATE, stackKey("kms:Encrypt"), ...sent("write")];
