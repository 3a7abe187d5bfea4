import assert from "node:assert/strict";
import { sessionWiring } from "../../policies/session-wiring.ts";
import { CONTAINER, compliant, configMap, deployment, having, lacking } from "./fixture.ts";
import { judgeStack, UNKNOWN_INPUT } from "./judging.ts";

const NO_STORE =
  'app-r1: spec.template.spec.containers don\'t have SESSION_STORE: set it to "redis" in env or in a ConfigMap of envFrom';
const NO_URL = "app-r1: spec.template.spec.containers don't get REDIS_URL: give it by env with valueFrom.secretKeyRef";

describe("policy session-wiring", () => {
  it("passes a compliant stack", async () => {
    assert.deepEqual(await judgeStack(sessionWiring, compliant), []);
  });

  it("passes SESSION_STORE in env and REDIS_URL by envFrom of a Secret", async () => {
    const told = having(
      having(deployment, [...CONTAINER, "env"], [{ name: "SESSION_STORE", value: "redis" }]),
      [...CONTAINER, "envFrom"],
      [{ secretRef: { name: "app-r1" } }],
    );
    assert.deepEqual(await judgeStack(sessionWiring, [told]), []);
  });

  it("refuses a workload that is left to its default", async () => {
    const untold = lacking(lacking(deployment, [...CONTAINER, "env"]), [...CONTAINER, "envFrom"]);
    assert.deepEqual(await judgeStack(sessionWiring, [untold, configMap]), [NO_STORE, NO_URL]);
  });

  it("refuses a ConfigMap that doesn't say it, isn't there, or is another namespace's", async () => {
    assert.deepEqual(await judgeStack(sessionWiring, [deployment, lacking(configMap, ["data", "SESSION_STORE"])]), [
      NO_STORE,
    ]);
    assert.deepEqual(await judgeStack(sessionWiring, [deployment]), [NO_STORE]);
    const elsewhere = having(configMap, ["metadata", "namespace"], "app-staging");
    assert.deepEqual(await judgeStack(sessionWiring, [deployment, elsewhere]), [NO_STORE]);
  });

  it("judges what a preview knows, and only that", async () => {
    const unknownMap = having(configMap, ["data"], UNKNOWN_INPUT);
    assert.deepEqual(await judgeStack(sessionWiring, [deployment, unknownMap]), []);
    const unknownName = having(configMap, ["metadata"], UNKNOWN_INPUT);
    assert.deepEqual(await judgeStack(sessionWiring, [deployment, unknownName]), []);
    const unknownSource = having(deployment, [...CONTAINER, "envFrom"], UNKNOWN_INPUT);
    assert.deepEqual(await judgeStack(sessionWiring, [lacking(unknownSource, [...CONTAINER, "env"])]), []);
    const unknownEnv = having(deployment, [...CONTAINER, "env", 0, "name"], UNKNOWN_INPUT);
    assert.deepEqual(await judgeStack(sessionWiring, [unknownEnv]), []);
    const unknownUrl = having(deployment, [...CONTAINER, "env", 1, "valueFrom"], UNKNOWN_INPUT);
    assert.deepEqual(await judgeStack(sessionWiring, [unknownUrl]), [NO_STORE]);
    assert.deepEqual(await judgeStack(sessionWiring, [having(deployment, ["spec"], UNKNOWN_INPUT)]), []);
  });
});
