import assert from "node:assert/strict";
import { availability } from "../../policies/availability.ts";
import { autoscaler, configMap, deployment, having, lacking } from "./fixture.ts";
import { judge, UNKNOWN_INPUT } from "./judging.ts";

describe("policy availability", () => {
  it("passes two pods, set or left to an autoscaler", async () => {
    assert.deepEqual(await judge(availability, deployment), []);
    assert.deepEqual(await judge(availability, lacking(deployment, ["spec", "replicas"])), []);
    assert.deepEqual(await judge(availability, autoscaler), []);
    assert.equal(await judge(availability, configMap), "not applicable");
  });

  it("refuses a Deployment of one", async () => {
    assert.deepEqual(await judge(availability, having(deployment, ["spec", "replicas"], 1)), [
      "spec.replicas is 1: set it to 2 at least",
    ]);
  });

  it("refuses an autoscaler that goes down to one, told or not", async () => {
    assert.deepEqual(await judge(availability, having(autoscaler, ["spec", "minReplicas"], 1)), [
      "spec.minReplicas is 1: set it to 2 at least",
    ]);
    assert.deepEqual(await judge(availability, lacking(autoscaler, ["spec", "minReplicas"])), [
      "spec.minReplicas is missing: set it to 2 at least",
    ]);
  });

  it("waits for what a preview doesn't know", async () => {
    assert.deepEqual(await judge(availability, having(deployment, ["spec", "replicas"], UNKNOWN_INPUT)), []);
    assert.deepEqual(await judge(availability, having(autoscaler, ["spec", "minReplicas"], UNKNOWN_INPUT)), []);
  });
});
