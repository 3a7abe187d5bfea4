import { Bucket } from "@pulumi/aws/s3/bucket.js";
import { BucketObjectLockConfiguration } from "@pulumi/aws/s3/bucketObjectLockConfiguration.js";
import { BucketPolicy } from "@pulumi/aws/s3/bucketPolicy.js";
import { BucketPublicAccessBlock } from "@pulumi/aws/s3/bucketPublicAccessBlock.js";
import { BucketServerSideEncryptionConfiguration } from "@pulumi/aws/s3/bucketServerSideEncryptionConfiguration.js";
import { BucketVersioning } from "@pulumi/aws/s3/bucketVersioning.js";
import type * as pulumi from "@pulumi/pulumi";
import { tlsOnly } from "../../domain/tls-only.ts";
import { Component } from "./component.ts";
import { type Ownership, tagsOf } from "./ownership.ts";

/** Governance rather than compliance mode: a named administrator can still remove what should never have been written. */
const LOCK_MODE = "GOVERNANCE";

export interface RecordStoreArgs {
  /** The bucket's name, unique in AWS: "app-staging-records-123456789012". A change replaces the bucket, which its protection refuses. */
  bucketName: string;
  /** What new objects are encrypted with. Changed in place; what is there keeps its key. */
  kmsKeyArn: pulumi.Input<string>;
  /**
   * Days for which nobody may delete a record: 400 unless `retention` is `short`; null: none is locked, and the bucket goes with all that is
   * in it. A change holds for what is written from then on.
   */
  lock: number | null;
  owner: Ownership;
}

/** The bucket of change records and backups: versioned, locked, encrypted, private, TLS only. Protected. */
export class RecordStore extends Component {
  readonly bucketName: pulumi.Output<string>;

  constructor(name: string, args: RecordStoreArgs, opts?: pulumi.ComponentResourceOptions) {
    super("RecordStore", name, opts);
    const bucket = new Bucket(
      name,
      {
        bucket: args.bucketName,
        objectLockEnabled: true,
        ...(args.lock === null ? { forceDestroy: true } : {}),
        tags: tagsOf(args.owner),
      },
      { parent: this, protect: true },
    );
    const ofBucket = { parent: this };
    const versioning = new BucketVersioning(
      name,
      { bucket: bucket.id, versioningConfiguration: { status: "Enabled" } },
      ofBucket,
    );
    new BucketObjectLockConfiguration(
      name,
      {
        bucket: bucket.id,
        ...(args.lock === null ? {} : { rule: { defaultRetention: { mode: LOCK_MODE, days: args.lock } } }),
      },
      { parent: this, dependsOn: [versioning] },
    );
    new BucketServerSideEncryptionConfiguration(
      name,
      {
        bucket: bucket.id,
        rules: [
          {
            applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: args.kmsKeyArn },
            bucketKeyEnabled: true,
          },
        ],
      },
      ofBucket,
    );
    const privacy = new BucketPublicAccessBlock(
      name,
      {
        bucket: bucket.id,
        blockPublicAcls: true,
        blockPublicPolicy: true,
        ignorePublicAcls: true,
        restrictPublicBuckets: true,
      },
      ofBucket,
    );
    new BucketPolicy(
      name,
      { bucket: bucket.id, policy: bucket.arn.apply((arn) => JSON.stringify(tlsOnly(arn))) },
      { parent: this, dependsOn: [privacy] },
    );

    this.bucketName = bucket.id;
    this.registerOutputs({ bucketName: this.bucketName });
  }
}

/** The bucket that the settings' record URL names; null where records are elsewhere (pure). */
export function bucketOf(records: string): string | null {
  const url = new URL(records);
  return url.protocol === "s3:" ? url.hostname : null;
}

/** The bucket that a stack has for its backups where its records are elsewhere: S3's names are the whole world's (pure). */
export function ownBucket(stackName: string, account: string): string {
  return `${stackName}-records-${account}`;
}
