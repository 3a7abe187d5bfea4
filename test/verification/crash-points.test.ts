import assert from "node:assert/strict";
import type { ChangeEvent } from "../../infra/records/events.ts";
import { differences, type End } from "../../verification/crash/end.ts";
import { pointsFor } from "../../verification/crash/points.ts";

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
const at = (index: number): ChangeEvent => ({
  seq: index + 1,
  at: new Date(Date.UTC(2026, 10, 22) + index * 1_000).toISOString(),
  change: "CHG-2026-11-22-001",
  step: "migrate",
  type: "planned",
  data: {},
  prev: "",
  hash: "",
});
const events: ChangeEvent[] = ["migrate", "release", "shift"].flatMap((step, turn) =>
  types.map((type, index) => ({ ...at(turn * types.length + index), step, type })),
);

describe("the crash matrix", () => {
  it("kills before, in and after the write of every kind of event, once a step", () => {
    for (const moment of ["before", "torn", "after"] as const) {
      const points = pointsFor([...events, ...events], moment, 1);
      assert.deepEqual(
        points.map(({ step, type }) => `${step} ${type}`),
        events.map(({ step, type }) => `${step} ${type}`),
      );
      assert.ok(points.every((point) => point.moment === moment && point.delay === 0 && point.victim === "runner"));
    }
  });

  it("tells the gates of a step apart", () => {
    const gates = ["health", "readiness"].map((gate, index) => ({ ...at(index), type: "gate", data: { gate } }));
    assert.deepEqual(
      pointsFor(gates, "torn", 1).map(({ gate }) => gate),
      ["health", "readiness"],
    );
  });

  it("kills in every update once, within its length, and each kind of victim; elsewhere between two events", () => {
    const points = pointsFor(events, "during", 1);
    const updates = points.filter(({ type }) => type === "engine-started");
    assert.deepEqual(
      updates.map(({ step }) => step),
      ["migrate", "release", "shift"],
    );
    assert.equal(new Set(updates.map(({ victim }) => victim)).size, 3);
    assert.equal(points.length, events.length - 1);
    for (const { delay } of points) assert.ok(delay >= 0 && delay <= 1_000, `${delay}`);
  });

  it("chooses the same points for the same seed, others for another", () => {
    assert.deepEqual(pointsFor(events, "during", 7), pointsFor(events, "during", 7));
    assert.notDeepEqual(pointsFor(events, "during", 7), pointsFor(events, "during", 8));
  });

  it("finds what only one of two ends has", () => {
    const whole: End = { stack: ["a", "b"], orphans: [], database: [], tickets: [], story: ["x"], record: [] };
    assert.deepEqual(differences(whole, whole), []);
    assert.deepEqual(differences({ ...whole, stack: ["a", "c"], record: ["event 2 was changed"] }, whole), [
      "stack: only after kills: c",
      "stack: only without: b",
      "record: only after kills: event 2 was changed",
    ]);
  });
});
