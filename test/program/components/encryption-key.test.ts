import assert from "node:assert/strict";
import { EncryptionKey } from "../../../infra/program/components/encryption-key.ts";
import { keyPolicy } from "../../../infra/program/components/key-policy.ts";
import { startWorld, type World } from "../../../verification/mocks/world.ts";

const KEY = "aws:kms/key:Key";

describe("the encryption key", () => {
  let world: World;
  before(async () => {
    world = await startWorld();
    const owner = { change: "bootstrap", onCall: "Ada" };
    await world.settle(
      new EncryptionKey("app-staging", { description: "Everything", deletionWindow: 30, owner }, world.watched),
    );
  });

  it("is rotated, named after its owner, and can be had back for 30 days", () => {
    assert.deepEqual(world.inputs(KEY, "app-staging"), {
      description: "Everything",
      enableKeyRotation: true,
      deletionWindowInDays: 30,
      tags: { "runbooks:change": "bootstrap", "runbooks:on-call": "Ada" },
    });
    assert.equal(world.options(KEY).protect, true);
  });

  it("has an alias", () => {
    assert.deepEqual(world.inputs("aws:kms/alias:Alias", "app-staging"), {
      name: "alias/app-staging",
      targetKeyId: "key-of-app-staging",
    });
  });

  it("may be used by the account's own rules, and its alarms, in the place that its ARN names", () => {
    const policy = keyPolicy("arn:aws-cn:kms:cn-north-1:999:key/k");
    assert.deepEqual(
      policy.Statement.map(({ Principal }) => Principal),
      [{ AWS: "arn:aws-cn:iam::999:root" }, { Service: "cloudwatch.amazonaws.com" }],
    );
    assert.deepEqual(policy.Statement[1]?.Condition, { StringEquals: { "aws:SourceAccount": "999" } });
    assert.deepEqual(world.inputs("aws:kms/keyPolicy:KeyPolicy"), {
      keyId: "app-staging-id",
      policy: JSON.stringify(keyPolicy("arn:aws:kms:eu-west-1:123456789012:key/app-staging")),
    });
  });
});
