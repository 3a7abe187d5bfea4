import { Bucket } from "@pulumi/aws/s3/bucket.js";
import { BucketPolicy } from "@pulumi/aws/s3/bucketPolicy.js";
import { BucketPublicAccessBlock } from "@pulumi/aws/s3/bucketPublicAccessBlock.js";
import { BucketServerSideEncryptionConfiguration } from "@pulumi/aws/s3/bucketServerSideEncryptionConfiguration.js";
import { BucketVersioning } from "@pulumi/aws/s3/bucketVersioning.js";
import { tlsOnly } from "../infra/domain/tls-only.ts";

/** The bucket of Pulumi's state: versioned, so that a state can be brought back, private, TLS only. Secrets in it are encrypted by each stack's own key. */
export function stateBucket(name: string): Bucket {
  const bucket = new Bucket("state", { bucket: name, tags: { "runbooks:change": "bootstrap" } }, { protect: true });
  const of = { parent: bucket };
  new BucketVersioning("state", { bucket: bucket.id, versioningConfiguration: { status: "Enabled" } }, of);
  new BucketServerSideEncryptionConfiguration(
    "state",
    { bucket: bucket.id, rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }] },
    of,
  );
  const privacy = new BucketPublicAccessBlock(
    "state",
    {
      bucket: bucket.id,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    },
    of,
  );
  new BucketPolicy(
    "state",
    { bucket: bucket.id, policy: bucket.arn.apply((arn) => JSON.stringify(tlsOnly(arn))) },
    { parent: bucket, dependsOn: [privacy] },
  );
  return bucket;
}
