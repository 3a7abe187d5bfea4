import assert from "node:assert/strict";
import { type Draft, NO_HEAD, seal } from "../../infra/records/events.ts";
import { openedIn, openedSchema } from "../../infra/records/opened.ts";
import { dataOf } from "../../infra/reports/render/event-data.ts";
import { keptPlanIn } from "../../infra/runbooks/kept-plan.ts";
import { turnsAfter } from "../../infra/runner/opening/rotation-turns.ts";
import { openedAs } from "../../infra/runner/status.ts";

const OPENED = {
  stack: "staging",
  runbook: "rotate",
  onCall: "Ada",
  release: { version: "2", id: "r2" },
  replaces: { version: "1", id: "r1" },
  reason: "due",
  startedBy: "Grace",
  afterwards: ["production"],
  plan: ["add", "shift"],
  planVersion: 3,
  program: "4f8cd63",
  another: "that only a later version knows",
};
const eventOf = (data: Draft["data"]) =>
  seal("CHG-2026-11-22-001", NO_HEAD, { at: "2026-11-22T09:00:00.000Z", step: null, type: "opened", data });

describe("a record's first event", () => {
  it("says the same to all who read it", () => {
    const event = eventOf(OPENED);
    const { another: _, ...known } = OPENED;
    assert.deepEqual(dataOf("opened", event), known);
    assert.deepEqual(openedIn(event.data), known);
    assert.deepEqual(openedAs(event.data, "somebody"), { runbook: "rotate", onCall: "Ada" });
    assert.deepEqual(keptPlanIn(event.data), { version: 3, steps: ["add", "shift"], commit: "4f8cd63" });
    assert.deepEqual(turnsAfter([event]), ["production"]);
  });

  it("may be of a version that knew less", () => {
    const event = eventOf({ stack: "staging", runbook: "deploy", onCall: "Ada" });
    assert.deepEqual(dataOf("opened", event), {
      stack: "staging",
      runbook: "deploy",
      onCall: "Ada",
      afterwards: [],
      planVersion: 1,
    });
    assert.deepEqual(keptPlanIn(event.data), { version: 1, steps: null, commit: null });
    assert.deepEqual(turnsAfter([event]), []);
    assert.deepEqual(keptPlanIn(undefined), { version: 1, steps: null, commit: null });
    assert.deepEqual(openedAs({}, "Ada"), { runbook: "unknown", onCall: "Ada" });
  });

  it("is no event that lacks something where it says it otherwise", () => {
    for (const wrong of [{ plan: "add" }, { planVersion: "3" }, { afterwards: "production" }, { stack: 7 }]) {
      assert.throws(() => openedIn({ ...OPENED, ...wrong }), { name: "ZodError" });
      assert.equal(openedSchema.safeParse({ ...OPENED, ...wrong }).success, false);
    }
  });
});
