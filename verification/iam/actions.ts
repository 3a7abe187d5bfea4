import type { Call } from "../aws/calls/call.ts";

/** Where an API call's right has another name than the call (Service Authorization Reference, Amazon S3). */
const NAMED: Readonly<Record<string, string>> = {
  "s3:HeadBucket": "s3:ListBucket",
  "s3:ListObjectsV2": "s3:ListBucket",
  "s3:HeadObject": "s3:GetObject",
  "s3:ListObjectVersions": "s3:ListBucketVersions",
  "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
  "s3:PutBucketEncryption": "s3:PutEncryptionConfiguration",
  "s3:DeleteBucketEncryption": "s3:PutEncryptionConfiguration",
  "s3:GetObjectLockConfiguration": "s3:GetBucketObjectLockConfiguration",
  "s3:PutObjectLockConfiguration": "s3:PutBucketObjectLockConfiguration",
  "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
  "s3:PutPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
  "s3:DeletePublicAccessBlock": "s3:PutBucketPublicAccessBlock",
  "s3:GetBucketCors": "s3:GetBucketCORS",
  "s3:GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration",
  "s3:GetBucketReplication": "s3:GetReplicationConfiguration",
  "s3:GetBucketAccelerateConfiguration": "s3:GetAccelerateConfiguration",
};

const CACHE_NETWORK = [
  "ec2:CreateNetworkInterface",
  "ec2:DeleteNetworkInterface",
  "ec2:DescribeNetworkInterfaces",
  "ec2:DescribeSubnets",
  "ec2:DescribeVpcs",
];

/**
 * What a call needs besides its own right (Service Authorization Reference, "dependent actions"; KMS developer guide, the pages of the
 * services that use a key).
 */
const NEEDS: Readonly<Record<string, readonly string[]>> = {
  "secretsmanager:PutSecretValue": ["kms:GenerateDataKey", "kms:Decrypt"],
  "secretsmanager:UpdateSecret": ["kms:GenerateDataKey", "kms:Decrypt"],
  "secretsmanager:GetSecretValue": ["kms:Decrypt"],
  "elasticache:CreateReplicationGroup": [
    "iam:CreateServiceLinkedRole",
    "kms:CreateGrant",
    "kms:DescribeKey",
    ...CACHE_NETWORK,
  ],
  "elasticache:ModifyReplicationGroup": CACHE_NETWORK,
  "elasticache:DeleteReplicationGroup": CACHE_NETWORK,
  "kms:CreateKey": ["kms:PutKeyPolicy"],
};

/** The right to tag along with what makes a resource. */
const TAGS: Readonly<Record<string, string>> = {
  secretsmanager: "secretsmanager:TagResource",
  elasticache: "elasticache:AddTagsToResource",
  kms: "kms:TagResource",
  ec2: "ec2:CreateTags",
  sns: "sns:TagResource",
  logs: "logs:TagResource",
  cloudwatch: "cloudwatch:TagResource",
};

/** The rights that a call needs (pure). */
export function actionsOf({ service, operation, params }: Pick<Call, "service" | "operation" | "params">): string[] {
  const own = `${service}:${operation}`;
  const tagged = [params.Tags, params.tags, params.TagSpecifications].some((tags) => tags !== undefined);
  const tags = TAGS[service];
  return [NAMED[own] ?? own, ...(NEEDS[own] ?? []), ...(tagged && tags !== undefined ? [tags] : [])];
}
