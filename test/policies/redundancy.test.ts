import assert from "node:assert/strict";
import { redundancy } from "../../policies/redundancy.ts";
import { autoscaler, compliant, deployment, disruptionBudget, having, lacking } from "./fixture.ts";
import { judgeStack, UNKNOWN_INPUT } from "./judging.ts";

const NO_BUDGET = "app-r1: Deployment app-r1 has no PodDisruptionBudget that selects its pods: add one";
const NO_SCALE =
  "app-r1: Deployment app-r1 has neither spec.replicas nor an autoscaler, so it runs one pod: set one of them to 2 at least";
const SELECTOR = ["spec", "selector"] as const;

describe("policy redundancy", () => {
  it("passes a compliant stack", async () => {
    assert.deepEqual(await judgeStack(redundancy, compliant), []);
  });

  it("refuses a Deployment without a budget, or with one for other pods", async () => {
    assert.deepEqual(await judgeStack(redundancy, [deployment]), [NO_BUDGET]);
    for (const other of [
      having(disruptionBudget, [...SELECTOR, "matchLabels", "runbooks.dev/release"], "r2"),
      having(disruptionBudget, ["metadata", "namespace"], "app-staging"),
      lacking(disruptionBudget, SELECTOR),
      having(disruptionBudget, SELECTOR, {
        matchExpressions: [{ key: "runbooks.dev/release", operator: "In", values: ["r2"] }],
      }),
      having(disruptionBudget, SELECTOR, {
        matchExpressions: [{ key: "runbooks.dev/release", operator: "NotIn", values: ["r1"] }],
      }),
      having(disruptionBudget, SELECTOR, { matchExpressions: [{ key: "tier", operator: "Exists" }] }),
      having(disruptionBudget, SELECTOR, {
        matchExpressions: [{ key: "runbooks.dev/release", operator: "DoesNotExist" }],
      }),
    ]) {
      assert.deepEqual(await judgeStack(redundancy, [deployment, other]), [NO_BUDGET], JSON.stringify(other.props));
    }
  });

  it("passes a budget that selects by expressions", async () => {
    const expressions = [
      { key: "runbooks.dev/release", operator: "In", values: ["r0", "r1"] },
      { key: "app.kubernetes.io/name", operator: "Exists" },
      { key: "tier", operator: "DoesNotExist" },
    ];
    const budget = having(disruptionBudget, SELECTOR, { matchExpressions: expressions });
    assert.deepEqual(await judgeStack(redundancy, [deployment, budget]), []);
  });

  it("refuses a number of pods that nobody sets", async () => {
    const unset = lacking(deployment, ["spec", "replicas"]);
    assert.deepEqual(await judgeStack(redundancy, [unset, disruptionBudget]), [NO_SCALE]);
    assert.deepEqual(await judgeStack(redundancy, [unset, disruptionBudget, autoscaler]), []);
    const other = having(autoscaler, ["spec", "scaleTargetRef", "name"], "app-r2");
    assert.deepEqual(await judgeStack(redundancy, [unset, disruptionBudget, other]), [NO_SCALE]);
  });

  it("judges what a preview knows, and only that", async () => {
    const unnamed = having(disruptionBudget, SELECTOR, UNKNOWN_INPUT);
    const unset = lacking(deployment, ["spec", "replicas"]);
    assert.deepEqual(await judgeStack(redundancy, [unset, unnamed]), [NO_SCALE]);
    assert.deepEqual(await judgeStack(redundancy, [having(deployment, ["spec"], UNKNOWN_INPUT)]), [NO_BUDGET]);
  });
});
