import assert from "node:assert/strict";
import type { Props } from "../../sandbox/cloud/handler.ts";
import { deployment, NAMESPACE, openWorld, TYPES, type World } from "./cluster-world.ts";

describe("adoption in the sandbox's cluster", function () {
  this.timeout(60_000);
  let world: World;
  before(async () => {
    world = await openWorld();
  });
  after(() => world.close());

  it("refuses to create what is there already, but where the engine is told to adopt it: then its pods stay as they are", async () => {
    const inputs = deployment(world, "adopt", { replicas: 2 });
    await world.create(TYPES.deployment, inputs);
    const before = world.cluster.status("staging").pods.map((pod) => pod.pid);
    await assert.rejects(
      world.create(TYPES.deployment, inputs),
      /was not successfully created by the Kubernetes API server: deployments\.apps "app-adopt" already exists/,
    );
    const { id } = await world.create(TYPES.deployment, inputs, 20, { PULUMI_K8S_UPSERT_EXISTING_OBJECTS: "true" });
    assert.deepEqual(
      world.cluster.status("staging").pods.map((pod) => pod.pid),
      before,
    );
    await world.remove(TYPES.deployment, id);
  });

  it("adopts no object whose fields another manager has set otherwise, unless by force", async () => {
    const of = (change: string): Props => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "held", namespace: NAMESPACE, annotations: { "runbooks.dev/change": change } },
      data: { a: "1" },
    });
    const adopting = { PULUMI_K8S_UPSERT_EXISTING_OBJECTS: "true" };
    const { id } = await world.create(TYPES.configMap, of("CHG-1"));
    await assert.rejects(
      world.create(TYPES.configMap, of("CHG-2"), 20, adopting),
      /Apply failed with 1 conflict: conflict with "pulumi-kubernetes" using v1: \.metadata\.annotations\.runbooks\.dev\/change/,
    );
    await world.create(TYPES.configMap, of("CHG-2"), 20, { ...adopting, PULUMI_K8S_ENABLE_PATCH_FORCE: "true" });
    await world.remove(TYPES.configMap, id);
  });
});
