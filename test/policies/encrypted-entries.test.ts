import assert from "node:assert/strict";
import { encryptedEntries } from "../../policies/encrypted-entries.ts";
import { bucketEncryptionOf, configMap, having, kmsKey, lacking, logGroup, secretEntry } from "./fixture.ts";
import { judge, UNKNOWN_INPUT } from "./judging.ts";

const OUR_KEY = "set it to the ARN of the stack's KMS key";
const RULE = ["rules", 0, "applyServerSideEncryptionByDefault"] as const;

describe("policy encrypted-entries", () => {
  it("passes the compliant resources", async () => {
    for (const fixture of [secretEntry, logGroup, kmsKey, bucketEncryptionOf]) {
      assert.deepEqual(await judge(encryptedEntries, fixture), [], fixture.type);
    }
    assert.equal(await judge(encryptedEntries, configMap), "not applicable");
  });

  it("refuses an entry without our key and with a short window, both at once", async () => {
    const broken = having(lacking(secretEntry, ["kmsKeyId"]), ["recoveryWindowInDays"], 0);
    assert.deepEqual(await judge(encryptedEntries, broken), [
      `kmsKeyId is missing: ${OUR_KEY}`,
      "recoveryWindowInDays is 0: set it to 7 at least, a deleted secret must be recoverable",
    ]);
  });

  it("passes the windows that AWS allows, and its default", async () => {
    assert.deepEqual(await judge(encryptedEntries, having(secretEntry, ["recoveryWindowInDays"], 7)), []);
    assert.deepEqual(await judge(encryptedEntries, lacking(secretEntry, ["recoveryWindowInDays"])), []);
    assert.equal((await judge(encryptedEntries, having(secretEntry, ["recoveryWindowInDays"], 6))).length, 1);
  });

  it("refuses a log group without our key", async () => {
    assert.deepEqual(await judge(encryptedEntries, having(logGroup, ["kmsKeyId"], "")), [`kmsKeyId is "": ${OUR_KEY}`]);
  });

  it("refuses a key that isn't rotated", async () => {
    assert.deepEqual(await judge(encryptedEntries, lacking(kmsKey, ["enableKeyRotation"])), [
      "enableKeyRotation is missing: set it to true",
    ]);
  });

  it("refuses a bucket's encryption by another key, another algorithm or none", async () => {
    assert.deepEqual(await judge(encryptedEntries, lacking(bucketEncryptionOf, [...RULE, "kmsMasterKeyId"])), [
      `rules[0].applyServerSideEncryptionByDefault.kmsMasterKeyId is missing: ${OUR_KEY}`,
    ]);
    assert.deepEqual(await judge(encryptedEntries, having(bucketEncryptionOf, [...RULE, "sseAlgorithm"], "AES256")), [
      'rules[0].applyServerSideEncryptionByDefault.sseAlgorithm is "AES256": set it to "aws:kms", with kmsMasterKeyId',
    ]);
    assert.deepEqual(await judge(encryptedEntries, having(bucketEncryptionOf, ["rules"], [])), [
      "rules is []: add a rule with aws:kms and the stack's KMS key",
    ]);
  });

  it("judges what a preview knows, and only that", async () => {
    const partly = having(having(secretEntry, ["kmsKeyId"], UNKNOWN_INPUT), ["recoveryWindowInDays"], 0);
    assert.deepEqual(await judge(encryptedEntries, partly), [
      "recoveryWindowInDays is 0: set it to 7 at least, a deleted secret must be recoverable",
    ]);
    assert.deepEqual(await judge(encryptedEntries, having(logGroup, ["kmsKeyId"], UNKNOWN_INPUT)), []);
    assert.deepEqual(
      await judge(encryptedEntries, having(bucketEncryptionOf, [...RULE, "kmsMasterKeyId"], UNKNOWN_INPUT)),
      [],
    );
    assert.deepEqual(await judge(encryptedEntries, having(bucketEncryptionOf, ["rules"], UNKNOWN_INPUT)), []);
  });
});
