import assert from "node:assert/strict";
import { inputSchema, planOf, type RunbookInput } from "../../infra/runbooks/index.ts";
import { type OwnGate, ownGatesFor } from "../../infra/runbooks/own-gates.ts";
import { CHANGE, RUNBOOKS } from "../fixtures/runbooks.ts";

const OWN: readonly string[] = ["metrics", "metric-limits"] satisfies OwnGate[];

function gatesOf(input: RunbookInput): Record<string, string[]> {
  const steps = planOf(CHANGE, input).steps.map(({ name, gates }) => [
    name,
    gates.filter((gate) => OWN.includes(gate)),
  ]);
  return Object.fromEntries(steps.filter(([, gates]) => gates?.length));
}

function withOwn(name: string, ownGates: OwnGate[]): RunbookInput {
  return inputSchema.parse({ ...RUNBOOKS[name], ownGates });
}

describe("the gates of the team's own metrics", () => {
  it("are in no step of a stack without any, nor of a change that was begun before there were", () => {
    assert.deepEqual(ownGatesFor([]), []);
    for (const input of Object.values(RUNBOOKS)) assert.deepEqual(gatesOf(inputSchema.parse(input)), {});
  });

  it("are all of them where both releases have users, and the limits alone where one has all", () => {
    assert.deepEqual(gatesOf(withOwn("promote", ["metrics", "metric-limits"])), {
      "canary-50": ["metrics"],
      "canary-100": ["metric-limits"],
      "check-50ms": ["metric-limits"],
    });
    assert.deepEqual(gatesOf(withOwn("deploy", ["metrics", "metric-limits"])), { soak: ["metric-limits"] });
    const rotated = gatesOf(withOwn("rotate SUPABASE_KEY", ["metrics", "metric-limits"]));
    assert.deepEqual(rotated, { "canary-100": ["metric-limits"], soak: ["metric-limits"] });
  });

  it("judge nothing at 100 % where every metric is compared", () => {
    assert.deepEqual(ownGatesFor([{ compare: "limit", query: "{{release}}/{{stable}}" }]), ["metrics"]);
    assert.deepEqual(gatesOf(withOwn("promote", ["metrics"])), { "canary-50": ["metrics"] });
  });
});
