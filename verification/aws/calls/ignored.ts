/**
 * What the provider takes for an answer where AWS refuses: what isn't there any more after a delete, and a part of a bucket that nobody has
 * set (terraform-provider-aws: internal/service/s3/bucket.go and the deletes of each type).
 */
const IGNORED: Readonly<Record<string, readonly string[]>> = {
  GetBucketPolicy: ["NoSuchBucketPolicy"],
  GetBucketCors: ["NoSuchCORSConfiguration"],
  GetBucketWebsite: ["NoSuchWebsiteConfiguration"],
  GetBucketLifecycleConfiguration: ["NoSuchLifecycleConfiguration"],
  GetBucketReplication: ["ReplicationConfigurationNotFoundError"],
  GetBucketEncryption: ["ServerSideEncryptionConfigurationNotFoundError"],
  GetObjectLockConfiguration: ["ObjectLockConfigurationNotFoundError"],
  GetBucketTagging: ["NoSuchTagSet"],
  HeadBucket: ["404"],
  // internal/service/s3/bucket_versioning.go: object lock keeps it from being suspended, and the provider leaves it so
  PutBucketVersioning: ["InvalidBucketState"],
  DescribeSecurityGroups: ["InvalidGroup.NotFound"],
  DescribeReplicationGroups: ["ReplicationGroupNotFoundFault"],
  DescribeUsers: ["UserNotFound"],
  DescribeUserGroups: ["UserGroupNotFound"],
};

/** Whether the provider goes on where a call is refused with this code. */
export function isIgnored(operation: string, code: string): boolean {
  return IGNORED[operation]?.includes(code) === true;
}
