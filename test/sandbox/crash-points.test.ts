import assert from "node:assert/strict";
import type { ChangeEvent } from "../../infra/changes/record/events.ts";
import { differences, type End } from "../../sandbox/crash/matrix.ts";
import { pointsFor } from "../../sandbox/crash/points.ts";

const types = [
  "planned",
  "step-started",
  "updating",
  "engine-started",
  "updated",
  "settled",
  "gate",
  "round",
  "step-finished",
];
const events: ChangeEvent[] = ["migrate", "release", "shift"].flatMap((step, turn) =>
  types.map((type, index) => ({
    seq: turn * types.length + index + 1,
    at: new Date(Date.UTC(2026, 10, 22) + (turn * types.length + index) * 1_000).toISOString(),
    change: "CHG-2026-11-22-001",
    step,
    type,
    data: {},
    prev: "",
    hash: "",
  })),
);

describe("the crash matrix", () => {
  it("kills in every update once, within its length, and each kind of victim", () => {
    const points = pointsFor(events, 1, 4);
    const updates = points.filter(({ type }) => type === "engine-started");
    assert.deepEqual(
      updates.map(({ step }) => step),
      ["migrate", "release", "shift"],
    );
    assert.equal(new Set(updates.map(({ victim }) => victim)).size, 3);
    for (const { delay } of updates) assert.ok(delay >= 0 && delay <= 1_000, `${delay}`);
    assert.equal(points.length, 7);
  });

  it("chooses the same points for the same seed, others for another", () => {
    assert.deepEqual(pointsFor(events, 7, 5), pointsFor(events, 7, 5));
    assert.notDeepEqual(pointsFor(events, 7, 5), pointsFor(events, 8, 5));
  });

  it("finds what only one of two ends has", () => {
    const whole: End = { stack: ["a", "b"], database: [], story: ["x"], record: [] };
    assert.deepEqual(differences(whole, whole), []);
    assert.deepEqual(differences({ ...whole, stack: ["a", "c"], record: ["event 2 was changed"] }, whole), [
      "stack: only after kills: c",
      "stack: only without: b",
      "record: only after kills: event 2 was changed",
    ]);
  });
});
