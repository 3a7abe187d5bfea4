import assert from "node:assert/strict";
import { monthlyCosts, monthlySum } from "../../infra/teardown/costs.ts";
import { type DeployedResource, deployedIn } from "../../infra/teardown/deployed.ts";
import { teardownPlan } from "../../infra/teardown/plan.ts";
import { teardownText } from "../../infra/teardown/text.ts";
import { committed, runProgram } from "../../verification/mocks/program.ts";
import { resolved, revealed } from "../../verification/mocks/world.ts";

const NOW = Date.parse("2026-11-27T12:00:00Z");

/** The state of a stack after its first update, as the program would have made it. */
async function standing(stack: "staging" | "production", retention: "long" | "short"): Promise<DeployedResource[]> {
  const { world, outputs } = await runProgram({ settings: { ...committed(stack), retention }, world: { stack } });
  await resolved(outputs.releaseState);
  const resources = world.registered.map(({ type, name, inputs }) => ({
    urn: `urn:pulumi:${stack}::production-runbooks::${type}::${name}`,
    type,
    id: `${name}-id`,
    protect: /:(Key|Bucket|ReplicationGroup|Secret)$/.test(type) && type.startsWith("aws:"),
    inputs: revealed(inputs),
    parent: undefined,
  }));
  const parentOf = (type: string): string | undefined => {
    const component = /^aws:s3\//.test(type) ? "RecordStore" : /^aws:kms\//.test(type) ? "EncryptionKey" : undefined;
    return resources.find((one) => one.type.endsWith(`:${component}`))?.urn;
  };
  return deployedIn({
    deployment: { resources: resources.map((one) => ({ ...one, parent: parentOf(one.type) })) },
  }).map((one) =>
    one.type.endsWith(":BucketObjectLockConfiguration")
      ? { ...one, inputs: { ...one.inputs, bucket: resources.find(({ type }) => type.endsWith(":Bucket"))?.id } }
      : one,
  );
}

describe("taking a stack down", () => {
  it("keeps the locked bucket and its key, names both, and says for how long and for how much", async () => {
    const resources = await standing("production", "long");
    const plan = teardownPlan(resources, NOW);
    const kept = resources.filter(({ urn }) => plan.kept.includes(urn)).map(({ type }) => type.split(":").at(-1));
    for (const type of [
      "RecordStore",
      "Bucket",
      "BucketVersioning",
      "BucketPolicy",
      "EncryptionKey",
      "Key",
      "KeyPolicy",
      "Alias",
    ])
      assert.ok(kept.includes(type), type);
    assert.ok(!kept.includes("ReplicationGroup") && !kept.includes("Secret"));
    // Four secrets and the store; the bucket and the key stay protected.
    assert.equal(plan.protected.length, 5);
    const text = teardownText("production", plan);
    assert.match(text, /the bucket app-production-id, .*locked until 2028-01-01/);
    assert.match(text, /the KMS key app-production-id, .*1 dollar a month/);
    assert.match(
      text,
      /secret \S*production\/AFM_KEY, scheduled for deletion: its name is taken, until 2026-12-27, for nothing/,
    );
    assert.match(text, /every session ends, no snapshot is kept/);
  });

  it("leaves nothing of a trial that costs or takes a name", async () => {
    const plan = teardownPlan(await standing("staging", "short"), NOW);
    assert.deepEqual(plan.kept, []);
    assert.deepEqual(
      plan.stays.map(({ what, until, costs }) => ({ what, until, costs })),
      [{ what: "the KMS key app-staging-id, disabled", until: "2026-12-04", costs: "nothing" }],
    );
    assert.equal(plan.protected.length, 7);
  });

  it("has nothing to do where nothing stands, and drops what was kept where it was interrupted before", async () => {
    assert.deepEqual(deployedIn({ deployment: {} }), []);
    const resources = await standing("production", "long");
    const { kept } = teardownPlan(resources, NOW);
    const again = teardownPlan(
      resources.filter(({ urn }) => kept.includes(urn)),
      NOW,
    );
    assert.deepEqual([again.goes, again.kept.length, again.protected], [[], kept.length, []]);
  });

  it("is refused for production by the settings where nothing would be kept", async () => {
    await assert.rejects(standing("production", "short"), /retention: short is for a trial on staging/);
  });
});

describe("what a stack costs a month", () => {
  it("is mostly its cache nodes, and every line names the setting that moves it", async () => {
    const costs = {
      staging: monthlyCosts(await standing("staging", "long")),
      production: monthlyCosts(await standing("production", "long")),
    };
    assert.ok(monthlySum(costs.staging) >= 54 && monthlySum(costs.staging) <= 58, String(monthlySum(costs.staging)));
    assert.ok(
      monthlySum(costs.production) >= 530 && monthlySum(costs.production) <= 545,
      String(monthlySum(costs.production)),
    );
    for (const [dearest] of Object.values(costs)) {
      assert.match(dearest?.what ?? "", /nodes cache\./);
      assert.match(dearest?.setting ?? "", /sessionStore\.nodeType/);
    }
    for (const lines of Object.values(costs))
      assert.equal(lines.find(({ what }) => what === "1 alarm over the others")?.monthly, 0.5);
  });

  it("isn't known of a node type that has no price here, and says so", () => {
    const inputs = { nodeType: "cache.x9.large", numCacheClusters: 2 };
    assert.deepEqual(
      monthlyCosts([{ type: "aws:elasticache/replicationGroup:ReplicationGroup", inputs }]).map(({ what }) => what),
      ["2 nodes cache.x9.large (see AWS' price list)"],
    );
  });
});
