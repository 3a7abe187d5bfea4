import assert from "node:assert/strict";
import { bucketEncryption } from "../../policies/bucket-encryption.ts";
import { bucket, bucketEncryptionOf, compliant, having } from "./fixture.ts";
import { judgeStack, UNKNOWN_INPUT } from "./judging.ts";

const PROBLEM =
  "records: bucket records has no BucketServerSideEncryptionConfiguration: add one with aws:kms and the stack's KMS key";

describe("policy bucket-encryption", () => {
  it("passes a compliant stack", async () => {
    assert.deepEqual(await judgeStack(bucketEncryption, compliant), []);
  });

  it("passes a configuration that names its bucket by a literal", async () => {
    assert.deepEqual(await judgeStack(bucketEncryption, [bucket, { ...bucketEncryptionOf, uses: {} }]), []);
  });

  it("refuses a bucket without a configuration, or with another bucket's", async () => {
    assert.deepEqual(await judgeStack(bucketEncryption, [bucket]), [PROBLEM]);
    const other = { ...having(bucketEncryptionOf, ["bucket"], "other"), uses: {} };
    assert.deepEqual(await judgeStack(bucketEncryption, [bucket, other]), [PROBLEM]);
  });

  it("judges what a preview knows: an unknown name is told apart by what it depends on", async () => {
    const unnamed = having(bucketEncryptionOf, ["bucket"], UNKNOWN_INPUT);
    assert.deepEqual(await judgeStack(bucketEncryption, [having(bucket, ["bucket"], UNKNOWN_INPUT), unnamed]), []);
    const second = { ...bucket, name: "backups" };
    assert.deepEqual(await judgeStack(bucketEncryption, [bucket, second, unnamed]), [
      PROBLEM.replaceAll("records", "backups"),
    ]);
  });
});
