import { isObject, type Json, type Props } from "../../../sandbox/cloud/wire.ts";
import type { Operation } from "../recorder/journal.ts";
import { type Call, call, objectsOf, type Translation, tagList } from "./call.ts";

const here = (operation: Operation, name: string, params: Parameters<typeof call>[3] = {}): Call =>
  call(operation, "s3", name, { Bucket: operation.id, ...params });

/** internal/service/s3/bucket.go reads everything that may be set on a bucket, whoever sets it. */
const ASPECTS = [
  "GetBucketPolicy",
  "GetBucketAcl",
  "GetBucketCors",
  "GetBucketWebsite",
  "GetBucketVersioning",
  "GetBucketAccelerateConfiguration",
  "GetBucketRequestPayment",
  "GetBucketLogging",
  "GetBucketLifecycleConfiguration",
  "GetBucketReplication",
  "GetBucketEncryption",
  "GetObjectLockConfiguration",
  "GetBucketLocation",
  "GetBucketTagging",
];

const readBucket = (operation: Operation): Call[] => [
  here(operation, "HeadBucket"),
  ...ASPECTS.map((name) => here(operation, name)),
];

/** internal/service/s3/bucket.go */
export const bucket: Translation = {
  create: (operation) => [
    here(operation, "CreateBucket", {
      CreateBucketConfiguration: { LocationConstraint: "eu-west-1" },
      ObjectLockEnabledForBucket: operation.inputs.objectLockEnabled === true,
    }),
    here(operation, "PutBucketTagging", { Tagging: { TagSet: tagList(operation.inputs.tags) } }),
    ...readBucket(operation),
  ],
  update: (operation) => [
    here(operation, "PutBucketTagging", { Tagging: { TagSet: tagList(operation.inputs.tags) } }),
    ...readBucket(operation),
  ],
  remove: (operation) => [
    here(operation, "DeleteBucket"),
    ...(operation.inputs.forceDestroy === true ? [here(operation, "ListObjectVersions")] : []),
    here(operation, "HeadBucket"),
  ],
  read: readBucket,
};

/** A part of a bucket: what sets it, what takes it away, and what reads it. */
function aspect(parts: {
  put: (operation: Operation) => Call[];
  remove: (operation: Operation) => Call[];
  read: string;
}): Translation {
  const read = (operation: Operation) => [here(operation, parts.read)];
  const set = (operation: Operation) => [...parts.put(operation), ...read(operation)];
  return { create: set, update: set, remove: parts.remove, read };
}

/** internal/service/s3/bucket_versioning.go; a bucket with object lock can't suspend it, so that is left alone there */
export const versioning = aspect({
  put: (operation) => {
    const given = operation.inputs.versioningConfiguration;
    const Status = isObject(given) ? String(given.status) : "Enabled";
    return [here(operation, "PutBucketVersioning", { VersioningConfiguration: { Status } })];
  },
  remove: (operation) => [here(operation, "PutBucketVersioning", { VersioningConfiguration: { Status: "Suspended" } })],
  read: "GetBucketVersioning",
});

/** internal/service/s3/bucket_object_lock_configuration.go */
export const objectLock = aspect({
  put: (operation) => {
    const { rule } = operation.inputs;
    const given = isObject(rule) && isObject(rule.defaultRetention) ? rule.defaultRetention : {};
    const retention: Json = { Mode: String(given.mode), Days: Number(given.days) };
    const configuration = { ObjectLockEnabled: "Enabled", Rule: { DefaultRetention: retention } };
    return [here(operation, "PutObjectLockConfiguration", { ObjectLockConfiguration: configuration })];
  },
  remove: (operation) => [
    here(operation, "PutObjectLockConfiguration", { ObjectLockConfiguration: { ObjectLockEnabled: "Enabled" } }),
  ],
  read: "GetObjectLockConfiguration",
});

function encryptionRule(rule: Props): Json {
  const given = isObject(rule.applyServerSideEncryptionByDefault) ? rule.applyServerSideEncryptionByDefault : {};
  const key = typeof given.kmsMasterKeyId === "string" ? { KMSMasterKeyID: given.kmsMasterKeyId } : {};
  return {
    ApplyServerSideEncryptionByDefault: { SSEAlgorithm: String(given.sseAlgorithm), ...key },
    BucketKeyEnabled: rule.bucketKeyEnabled === true,
  };
}

/** internal/service/s3/bucket_server_side_encryption_configuration.go */
export const encryption = aspect({
  put: (operation) => [
    here(operation, "PutBucketEncryption", {
      ServerSideEncryptionConfiguration: { Rules: objectsOf(operation.inputs, "rules").map(encryptionRule) },
    }),
  ],
  remove: (operation) => [here(operation, "DeleteBucketEncryption")],
  read: "GetBucketEncryption",
});

/** internal/service/s3/bucket_public_access_block.go */
export const publicAccessBlock = aspect({
  put: (operation) => [
    here(operation, "PutPublicAccessBlock", {
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: operation.inputs.blockPublicAcls === true,
        BlockPublicPolicy: operation.inputs.blockPublicPolicy === true,
        IgnorePublicAcls: operation.inputs.ignorePublicAcls === true,
        RestrictPublicBuckets: operation.inputs.restrictPublicBuckets === true,
      },
    }),
  ],
  remove: (operation) => [here(operation, "DeletePublicAccessBlock")],
  read: "GetPublicAccessBlock",
});

/** internal/service/s3/bucket_policy.go */
export const bucketPolicy = aspect({
  put: (operation) => [here(operation, "PutBucketPolicy", { Policy: operation.inputs.policy })],
  remove: (operation) => [here(operation, "DeleteBucketPolicy")],
  read: "GetBucketPolicy",
});
