import assert from "node:assert/strict";
import { advance, NOT_BEGUN } from "../../infra/change/progress.ts";
import type { EventData } from "../../infra/records/events.ts";
import { firstState } from "../../verification/mocks/release-state.ts";

describe("a step's end in a record", () => {
  const before = { ...NOT_BEGUN, state: firstState() };
  const endedWith = (data: EventData) =>
    advance(before, {
      seq: 1,
      at: "2026-11-22T10:00:00.000Z",
      change: "CHG-2026-11-22-001",
      step: "retire",
      type: "step-finished",
      data: { seconds: 1, memory: {}, ...data },
      prev: "0".repeat(64),
      hash: "0".repeat(64),
    }).restorePoint;

  it("is a restore point where it says so, also in the word of earlier versions", () => {
    assert.deepEqual(endedWith({ restorePoint: true }), before.state);
    assert.deepEqual(endedWith({ foothold: "yes" }), before.state);
    for (const data of [{}, { restorePoint: false }, { foothold: "no" }]) assert.equal(endedWith(data), null);
  });
});
