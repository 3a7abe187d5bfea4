import assert from "node:assert/strict";
import fc from "fast-check";
import { decide } from "../../infra/change/decide.ts";
import type { Plan, Step } from "../../infra/change/plan.ts";
import { NOT_BEGUN, type Progress, progressOf } from "../../infra/change/progress.ts";
import { stableRelease } from "../../infra/domain/releases.ts";
import { step } from "../../infra/runbooks/moves.ts";
import { firstState, manifest, nextRelease } from "../../verification/mocks/release-state.ts";

const base = firstState();
const timing = { interval: 10, gateTimeout: 100, drain: 1_000 };

function planWith(...steps: Step[]): Plan {
  const release = nextRelease(base, manifest("2"));
  return { runbook: "deploy", steps, release, stable: stableRelease(base), base, undo: null, timing };
}

const shift = step({
  name: "shift",
  title: "shift",
  touches: "weights",
  gates: ["health"],
  bakeFor: 50,
  move: (s) => s,
});
const later = step({
  name: "later",
  title: "later",
  touches: "nothing",
  gates: ["health"],
  due: { after: "shift", offset: 500 },
  move: (s) => s,
});
const outside = step({
  name: "outside",
  title: "outside",
  touches: "bundles",
  task: "probe",
  move: (s) => s,
});
const plan = planWith(shift, later);
const at = (parts: Partial<Progress>): Progress => ({ ...NOT_BEGUN, ...parts });

describe("what a runner does next", () => {
  it("starts, updates, reads back, looks at the gates", () => {
    assert.deepEqual(decide(plan, at({}), 0), { kind: "start", step: shift });
    assert.deepEqual(decide(plan, at({ startedAt: 0 }), 1), { kind: "update", step: shift });
    assert.deepEqual(decide(plan, at({ startedAt: 0, updated: true }), 2), { kind: "read-back", step: shift });
    assert.deepEqual(decide(plan, at({ startedAt: 0, updated: true, settledAt: 3 }), 3), {
      kind: "gates",
      step: shift,
    });
  });

  it("does the step's one task after its update and before it is read back, once", () => {
    const tasks = planWith(outside);
    const updated = { startedAt: 0, updated: true } as const;
    assert.equal(decide(tasks, at({ startedAt: 0 }), 1).kind, "update");
    assert.deepEqual(decide(tasks, at(updated), 1), { kind: "task", step: outside, task: "probe" });
    assert.equal(decide(tasks, at({ ...updated, tasked: true }), 1).kind, "read-back");
    const alone = step({ name: "alone", title: "alone", touches: "nothing", task: "probe", move: (s) => s });
    assert.equal(decide(planWith(alone), at({ startedAt: 0 }), 1).kind, "task");
    assert.equal(decide(planWith(alone), at({ startedAt: 0, tasked: true }), 1).kind, "settle");
  });

  it("undoes the tasks once the stack is back, and before the change is closed", () => {
    const undoing: Plan = { ...planWith(outside), undo: "unmint" };
    const back = { failure: { at: 0, reason: "x" }, restoredAt: 0, cleaned: true } as const;
    assert.deepEqual(decide(undoing, at(back), 1), { kind: "undo", task: "unmint" });
    assert.equal(decide(undoing, at({ ...back, undone: true }), 1).kind, "close");
    assert.equal(decide(undoing, at({ ...back, cleaned: false }), 1).kind, "clean");
  });

  it("begins only when others have approved, in a window, and is never held up by either later", () => {
    const admission = {
      author: "Ada",
      quorum: 1,
      expiresAt: new Date(1_000).toISOString(),
      approvers: null,
      aliases: {},
      calendar: null,
      override: null,
    };
    const grace = { by: "Grace", reason: null, at: 10 };
    assert.deepEqual(decide(plan, at({ admission }), 0), {
      kind: "await-approval",
      until: 1_000,
      why: "1 of 1 approvals are missing",
    });
    assert.equal(decide(plan, at({ admission, approvals: [{ ...grace, by: "ADA" }] }), 20).kind, "await-approval");
    assert.equal(decide(plan, at({ admission, approvals: [grace] }), 2_000).kind, "start");
    assert.equal(decide(plan, at({ admission }), 1_000).kind, "dismiss");
    assert.equal(decide(plan, at({ admission, startedAt: 0 }), 2_000).kind, "update");
    assert.equal(decide(plan, at({ admission, stackTouched: true }), 2_000).kind, "start");
    assert.equal(decide(plan, at({ admission, failure: { at: 1, reason: "aborted" } }), 2).kind, "restore");
    const friday = { timeZone: "UTC", windows: [{ days: ["fri" as const], from: "00:00", to: "24:00" }], freezes: [] };
    // The epoch is a Thursday.
    const closed = decide(plan, at({ admission: { ...admission, calendar: friday }, approvals: [grace] }), 20);
    assert.ok(closed.kind === "wait" && closed.until === 86_400_000);
    assert.equal(
      decide(plan, at({ admission: { ...admission, calendar: friday }, approvals: [grace] }), 86_400_000).kind,
      "start",
    );
  });

  const baking = { startedAt: 0, updated: true, settledAt: 0 } as const;

  it("doesn't pass before the bake is over, however green the gates are", () => {
    const green = at({ ...baking, round: { at: 45, answer: "pass" } });
    const wait = { kind: "wait", step: shift, until: 50, leaveUntil: 50, mayLeave: false, why: "shift" };
    assert.deepEqual(decide(plan, green, 46), wait);
    assert.equal(decide(plan, green, 50).kind, "gates");
    assert.equal(decide(plan, at({ ...baking, round: { at: 50, answer: "pass" } }), 50).kind, "finish");
  });

  it("looks again where the last round is later than the clock says that it is, whatever it came to", () => {
    for (const answer of ["pass", "hold"] as const) {
      assert.equal(decide(plan, at({ ...baking, round: { at: 5_000, answer } }), 46).kind, "gates");
    }
  });

  it("fails at the first failed round", () => {
    assert.equal(decide(plan, at({ ...baking, round: { at: 1, answer: "fail" } }), 1).kind, "fail");
  });

  it("holds on no data, then fails when the time is up, and never passes", () => {
    for (let time = 0; time < 150; time += 1) {
      const kind = decide(plan, at({ ...baking, round: { at: time, answer: "hold" } }), time).kind;
      assert.equal(kind, "wait", `at ${time}`);
    }
    const action = decide(plan, at({ ...baking, round: { at: 150, answer: "hold" } }), 150);
    assert.deepEqual(action, {
      kind: "fail",
      step: shift,
      reason: 'the gates of "shift" still held when their time was up',
    });
  });

  it("waits for a person where nothing but users is lacking: looks at each run, and passes by a word given since it settled", () => {
    const waiting = (more: Partial<Progress>, now: number) =>
      decide(plan, at({ ...baking, round: { at: 200, answer: "hold", waitsFor: "person" }, ...more }), now);
    assert.deepEqual(waiting({}, 201), {
      kind: "await-approval",
      until: 210,
      why: 'no user sent a request during "shift"',
    });
    assert.equal(waiting({}, 210).kind, "gates");
    assert.equal(waiting({ approvals: [{ by: "grace", reason: null, at: 205 }] }, 206).kind, "finish");
    const before = [{ by: "grace", reason: null, at: 5 }];
    assert.equal(waiting({ approvals: before, settledAt: 10 }, 201).kind, "await-approval");
    const early = { at: 45, answer: "hold", waitsFor: "person" } as const;
    assert.equal(decide(plan, at({ ...baking, round: early }), 46).kind, "wait");
  });

  it("says what held when the time is up", () => {
    const round = { at: 150, answer: "hold", holding: ["error-rate: no user has sent a request yet"] } as const;
    const action = decide(plan, at({ ...baking, round }), 150);
    assert.ok(action.kind === "fail");
    assert.match(action.reason, /their time was up \(error-rate: no user has sent a request yet\)/);
  });

  describe("counts the gates' time from when somebody looked", () => {
    const SECOND = 1_000;
    const MINUTE = 60 * SECOND;
    const canary = step({ ...shift, bakeFor: 10 * MINUTE });
    const real: Plan = { ...planWith(canary), timing: { interval: 10 * SECOND, gateTimeout: 2 * MINUTE, drain: 0 } };
    type Look = { at: number; answer: "pass" | "hold"; waitsFor?: "person" };

    /** A record of a canary that settled at 0 and whose rounds of gates ended at these times; other events between them. */
    function recordOf(looks: readonly Look[], others: readonly { at: number; type: string }[] = []): Progress {
      const timing = { ...real.timing };
      const written = [
        { at: -5 * MINUTE, type: "planned", step: null, data: { timing } },
        { at: -MINUTE, type: "step-started", step: "shift", data: {} },
        {
          at: -MINUTE,
          type: "updating",
          step: "shift",
          data: { from: "", to: JSON.parse(JSON.stringify(base)), touches: "weights" },
        },
        { at: 0, type: "updated", step: "shift", data: {} },
        { at: 0, type: "settled", step: "shift", data: {} },
        ...others.map((other) => ({ ...other, step: "shift", data: {} })),
        ...looks.map(({ at: ended, ...data }) => ({ at: ended, type: "round", step: "shift", data })),
      ].toSorted((one, other) => one.at - other.at);
      const unchained = { change: "CHG-2026-11-22-001", prev: "0".repeat(64), hash: "0".repeat(64) };
      return progressOf(
        written.map(({ at: time, ...event }, index) => {
          return { ...unchained, ...event, seq: index + 1, at: new Date(T0 + time).toISOString() };
        }),
      );
    }
    const T0 = Date.parse("2026-11-22T12:00:00Z");
    const next = (looks: readonly Look[], others: Parameters<typeof recordOf>[1] = []) =>
      decide(real, recordOf(looks, others), T0 + (looks.at(-1)?.at ?? 0)).kind;
    /** Rounds that come one interval after the other. */
    const steadily = (from: number, to: number, answer: Look["answer"]): Look[] => {
      const looks = [];
      for (let time = from; time <= to; time += real.timing.interval) looks.push({ at: time, answer });
      return looks;
    };

    it("so a runner that takes a canary up after its time looks for as long as one that stayed", () => {
      const killed = steadily(0, 9 * MINUTE, "pass");
      const requests = { at: 9 * MINUTE + SECOND, type: "requests-begun" };
      const late = 14 * MINUTE;
      assert.equal(next([...killed, { at: late, answer: "hold" }], [requests]), "wait");
      assert.equal(next([...killed, { at: late, answer: "pass" }], [requests]), "finish");
      const almost = late + real.timing.gateTimeout - 2 * real.timing.interval;
      assert.equal(next([...killed, ...steadily(late, almost, "hold")], [requests]), "wait");
      const over = late + real.timing.gateTimeout - real.timing.interval;
      assert.equal(next([...killed, ...steadily(late, over, "hold")], [requests]), "fail");
    });

    it("so the first look after a soak, which comes when the schedule does, isn't the last", () => {
      assert.equal(
        next([
          { at: SECOND, answer: "pass" },
          { at: 13 * MINUTE, answer: "hold" },
        ]),
        "wait",
      );
    });

    it("and ends after so many looks as fit into it, where each comes minutes after the one before", () => {
      const most = real.timing.gateTimeout / real.timing.interval + 2;
      const looks: Look[] = [{ at: SECOND, answer: "hold" }];
      while (next(looks) !== "fail") {
        looks.push({ at: 13 * MINUTE + looks.length * 5 * MINUTE, answer: "hold" });
        assert.ok(looks.length <= most, `${looks.length} looks`);
      }
      assert.ok(looks.length > most - 3, `${looks.length} looks`);
    });

    it("and not while a person was waited for: what holds after that has its time too", () => {
      const alone = steadily(10 * MINUTE, 60 * MINUTE, "hold").map((look): Look => ({ ...look, waitsFor: "person" }));
      const other = 60 * MINUTE + real.timing.interval;
      assert.equal(next([...alone, { at: other, answer: "hold" }]), "wait");
      assert.equal(next([...alone, ...steadily(other, 62 * MINUTE, "hold")]), "fail");
    });

    it("and anew for a step that was given up and is tried again", () => {
      const given = steadily(0, 12 * MINUTE, "hold");
      const stuck = [{ at: 12 * MINUTE + SECOND, type: "stuck" }];
      assert.equal(next(given), "fail");
      assert.equal(next([...given, { at: 20 * MINUTE, answer: "hold" }], stuck), "wait");
    });

    it("and to the moment as before, as long as somebody looks all the time", () => {
      const pauses = fc.array(fc.integer({ min: 1, max: 2 * real.timing.interval + 30 * SECOND }), { maxLength: 60 });
      fc.assert(
        fc.property(pauses, fc.boolean(), (between, early) => {
          let ended = 0;
          const looks = between.map((pause, index): Look => {
            ended += pause;
            return { at: ended, answer: early && index % 2 === 0 && ended < canary.bakeFor ? "pass" : "hold" };
          });
          const isOver = ended >= canary.bakeFor + real.timing.gateTimeout;
          assert.equal(next(looks), looks.length === 0 ? "gates" : isOver ? "fail" : "wait");
        }),
        { seed: 31 },
      );
    });
  });

  it("waits for a check's hour, counted from the end of the step before", () => {
    const waiting = at({ stepIndex: 1, finishedAt: { shift: 1_000 } });
    const action = decide(plan, waiting, 1_200);
    const wait = { kind: "wait", step: later, until: 1_500, leaveUntil: 1_500, mayLeave: true, why: "later is due" };
    assert.deepEqual(action, wait);
    assert.equal(decide(plan, waiting, 1_500).kind, "start");
  });

  it("reads for a step while it isn't due, again after each pause or once the clock has gone back", () => {
    const sampled = step({ ...later, sampling: { task: "key-uses", every: 200 } });
    const reading = (now: number, sampledAt: number | null) => {
      const sample = sampledAt === null ? null : { at: sampledAt, result: null };
      return decide(planWith(shift, sampled), at({ stepIndex: 1, finishedAt: { shift: 1_000 }, sample }), now);
    };
    const sample = { kind: "sample", step: sampled, task: "key-uses", leaveUntil: 1_500, why: "later is due" };
    assert.deepEqual(reading(1_001, null), sample);
    const wait = { kind: "wait", step: sampled, until: 1_201, leaveUntil: 1_500, mayLeave: true, why: "later is due" };
    assert.deepEqual(reading(1_002, 1_001), wait);
    assert.deepEqual(reading(1_201, 1_001), sample);
    assert.deepEqual(reading(1_100, 1_101), sample);
    assert.partialDeepStrictEqual(reading(1_450, 1_400), { kind: "wait", until: 1_500 });
    assert.equal(reading(1_500, null).kind, "start");
  });

  it("takes no update for a step that touches nothing", () => {
    assert.equal(decide(plan, at({ stepIndex: 1, startedAt: 1_500 }), 1_500).kind, "settle");
  });

  it("goes back, waits for the drain, cleans and closes", () => {
    const failed = { ...baking, weightsTouched: true, stackTouched: true, failure: { at: 5, reason: "x" } } as const;
    assert.equal(decide(plan, at(failed), 6).kind, "restore");
    assert.equal(decide(plan, at({ ...failed, restoredAt: 10 }), 11).kind, "wait");
    assert.equal(decide(plan, at({ ...failed, restoredAt: 10 }), 1_010).kind, "clean");
    const cleaned = at({ ...failed, restoredAt: 10, cleaned: true });
    assert.deepEqual(decide(plan, cleaned, 1_011), { kind: "close", outcome: "restored" });
  });

  it("doesn't wait for a drain where no traffic had moved", () => {
    const failed = at({ startedAt: 0, stackTouched: true, failure: { at: 5, reason: "x" }, restoredAt: 6 });
    assert.equal(decide(plan, failed, 6).kind, "clean");
  });

  it("closes after the last step, and does nothing more after that", () => {
    assert.deepEqual(decide(plan, at({ stepIndex: 2 }), 0), { kind: "close", outcome: "done" });
    assert.equal(decide(plan, at({ closed: { exit: 0, outcome: "done" } }), 0).kind, "nothing");
  });
});
