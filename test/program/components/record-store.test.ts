import assert from "node:assert/strict";
import { bucketOf, ownBucket, RecordStore } from "../../../infra/program/components/record-store.ts";
import { startWorld, type World } from "../../../verification/mocks/world.ts";

const BUCKET = "aws:s3/bucket:Bucket";

describe("the record store", () => {
  let world: World;
  before(async () => {
    world = await startWorld();
    const args = {
      bucketName: "records",
      kmsKeyArn: "arn:key",
      lock: 400,
      owner: { change: "bootstrap", onCall: "Ada" },
    };
    await world.settle(new RecordStore("app-staging", args, world.watched));
  });

  it("is a protected bucket that keeps every version, locked", () => {
    assert.deepEqual(world.inputs(BUCKET), {
      bucket: "records",
      objectLockEnabled: true,
      tags: { "runbooks:change": "bootstrap", "runbooks:on-call": "Ada" },
    });
    assert.equal(world.options(BUCKET).protect, true);
    assert.deepEqual(world.inputs("aws:s3/bucketVersioning:BucketVersioning"), {
      bucket: "app-staging-id",
      versioningConfiguration: { status: "Enabled" },
    });
    assert.deepEqual(world.inputs("aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration"), {
      bucket: "app-staging-id",
      rule: { defaultRetention: { mode: "GOVERNANCE", days: 400 } },
    });
  });

  it("is encrypted with the stack's key", () => {
    assert.deepEqual(
      world.inputs("aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"),
      {
        bucket: "app-staging-id",
        rules: [
          {
            applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: "arn:key" },
            bucketKeyEnabled: true,
          },
        ],
      },
    );
  });

  it("is private and refuses whoever comes without TLS", () => {
    assert.deepEqual(world.inputs("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"), {
      bucket: "app-staging-id",
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    assert.deepEqual(world.inputs("aws:s3/bucketPolicy:BucketPolicy"), {
      bucket: "app-staging-id",
      policy: JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          {
            Sid: "RefuseWithoutTls",
            Effect: "Deny",
            Principal: "*",
            Action: "s3:*",
            Resource: ["arn:aws:s3:::app-staging", "arn:aws:s3:::app-staging/*"],
            Condition: { Bool: { "aws:SecureTransport": "false" } },
          },
        ],
      }),
    });
  });

  it("is named by the settings' record URL, or is the stack's own where records are elsewhere", () => {
    assert.equal(bucketOf("s3://our-records/staging"), "our-records");
    assert.equal(bucketOf("file:///var/records"), null);
    assert.equal(ownBucket("app-staging", "123456789012"), "app-staging-records-123456789012");
    assert.notEqual(ownBucket("app-staging", "123456789012"), ownBucket("app-staging", "210987654321"));
  });
});
