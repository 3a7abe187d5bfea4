import assert from "node:assert/strict";
import fc from "fast-check";
import { decide } from "../../infra/change/decide.ts";
import { FIRST_PAUSE, pauseAfter } from "../../infra/change/pace.ts";
import { NOT_BEGUN, type Progress, type Round } from "../../infra/change/progress.ts";
import { stableRelease, weightsOf } from "../../infra/domain/releases.ts";
import { COUNTED } from "../../infra/gates/counted.ts";
import { GATE_NAMES, GATES } from "../../infra/gates/index.ts";
import {
  COUNTED_WITHIN,
  countedBy,
  NO_OWN_REQUESTS,
  newRecorder,
  soFar,
  withBegun,
} from "../../infra/metrics/own-requests.ts";
import { planOf, type RunbookInput } from "../../infra/runbooks/index.ts";
import { observeGates } from "../../infra/runner/effects/gates.ts";
import { readBackStep } from "../../infra/runner/effects/read-back.ts";
import { openJournal } from "../../infra/runner/journal.ts";
import { run } from "../../infra/runner/run.ts";
import { firstState, manifest, nextRelease } from "../../verification/mocks/release-state.ts";
import { everyGate, openedDeploy, sessionOn, staying, steppedClock } from "../runner/session.ts";
import { memoryStack, memoryStore, silent, tape } from "../runner/world.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const base = firstState();
const release = nextRelease(base, manifest("2"));
const timing = { interval: 30 * SECOND, gateTimeout: 2 * MINUTE, drain: 0 };
const promotion: RunbookInput = {
  runbook: "promote",
  base,
  release,
  onCall: "Ada",
  timing,
  weights: [5, 100],
  stepFor: 10 * MINUTE,
  checks: [],
  guarded: false,
  freshBaseline: false,
};
const plan = planOf("CHG-2026-11-22-001", promotion);
const canary = plan.steps.findIndex(({ name }) => name === "canary-5");

const looksAt = (gates: readonly string[], look: Round) => Object.fromEntries(gates.map((name) => [name, look]));

/** When a step that is all green is looked at, in milliseconds since its weight was read back. */
function looksOf(from: Progress): { counted: number[]; all: number[] } {
  const looks = { counted: [] as number[], all: [] as number[] };
  let progress = from;
  for (let now = 0; now <= 10 * MINUTE; ) {
    const action = decide(plan, progress, now);
    const look = { at: now, answer: "pass" } as const;
    if (action.kind === "wait") {
      assert.ok(action.until > now);
      now = action.until;
    } else if (action.kind === "count") {
      looks.counted.push(now);
      progress = { ...progress, looks: { ...progress.looks, ...looksAt(action.gates, look) } };
    } else if (action.kind === "gates") {
      looks.counted.push(now);
      looks.all.push(now);
      progress = { ...progress, round: look, looks: looksAt(action.step.gates, look) };
    } else {
      assert.equal(action.kind, "finish");
      break;
    }
  }
  return looks;
}

/** A production where users come at a steady rate, an update takes its time, and the new release fails a share of its requests. */
function production({ perSecond, updateTakes, failing }: { perSecond: number; updateTakes: number; failing: number }) {
  const [store, clock, way] = [memoryStore(), steppedClock(), tape([])];
  const stack = memoryStack(base, way, () => undefined);
  const totals = new Map<string, { requests: number; errors: number }>();
  let countedTo = clock.now();
  let weights = weightsOf(base);
  const passTime = (until: number) => {
    const seconds = Math.max(0, until - countedTo) / SECOND;
    countedTo = Math.max(countedTo, until);
    for (const [id, weight] of Object.entries(weights)) {
      const { requests, errors } = totals.get(id) ?? { requests: 0, errors: 0 };
      const more = (perSecond * seconds * weight) / 100;
      totals.set(id, { requests: requests + more, errors: errors + (id === release.id ? failing * more : 0) });
    }
  };
  const real = sessionOn(stack, store, clock, way);
  const session = {
    ...real,
    limits: {
      minimumRequests: 40,
      alpha: 0.05,
      hardLimitPercent: 5,
      latency: null,
      pods: { restarts: 1, unready: 3 },
      withoutUsers: "hold",
    },
    gates: { ...everyGate(() => "pass"), "error-rate": GATES["error-rate"] },
    target: async (...of: Parameters<typeof real.target>) => ({
      ...(await real.target(...of)),
      stable: of[0].stable?.id ?? null,
    }),
    counters: async () => {
      passTime(clock.now());
      const requests = [...totals].flatMap(([release, { requests, errors }]) =>
        Object.entries({ 200: requests - errors, 500: errors }).map(([code, value]) => {
          return { key: `${release} ${code}`, target: "gateway", release, code, value: Math.floor(value) };
        }),
      );
      const at = clock.now();
      return [{ from: at, to: at, targets: ["gateway"], requests, buckets: [], counted: "all" } as const];
    },
    stack: {
      ...stack,
      async update(...how: Parameters<typeof stack.update>) {
        await clock.sleepUntil(clock.now() + updateTakes, new AbortController().signal);
        passTime(clock.now());
        weights = weightsOf(how[0].to);
        return stack.update(...how);
      },
    },
  } satisfies typeof real;
  return { session, store, clock, failed: () => totals.get(release.id)?.errors ?? 0 };
}

describe("when a runner looks", () => {
  it("waits half a second after a move of weight, then longer and longer, never longer than the usual interval", () => {
    fc.assert(
      fc.property(fc.nat(3_600_000), fc.nat(3_600_000), fc.integer({ min: 1, max: 600_000 }), (one, more, interval) => {
        const [sooner, later] = [pauseAfter(one, interval), pauseAfter(one + more, interval)];
        assert.ok(sooner <= later && later <= interval);
        assert.ok(sooner >= Math.min(FIRST_PAUSE, interval));
      }),
      { seed: 14 },
    );
    assert.deepEqual(
      [0, 8_000, 40_000, 900_000].map((since) => pauseAfter(since, 30_000)),
      [500, 1_000, 5_000, 30_000],
    );
  });

  it("reads what is counted twice a second at first; the journeys at their interval; a step of ten minutes takes 60 looks", () => {
    const { counted, all } = looksOf({ ...NOT_BEGUN, stepIndex: canary, startedAt: 0, updated: true, settledAt: 0 });
    assert.deepEqual(counted.slice(0, 8), [0, 500, 1_000, 1_500, 2_000, 2_500, 3_000, 3_500]);
    assert.ok(
      all.every((at, index) => index === 0 || at - (all[index - 1] ?? 0) === timing.interval),
      String(all),
    );
    assert.ok(counted.every((at, index) => at - (counted[index - 1] ?? 0) <= timing.interval));
    assert.ok(counted.length <= 60, `${counted.length} looks`);
  });

  it("reads what is counted before weight moves, once, so that nothing after it is missed", () => {
    const begun = { ...NOT_BEGUN, stepIndex: canary, startedAt: 0 };
    assert.equal(decide(plan, begun, 0).kind, "count");
    assert.equal(
      decide(plan, { ...begun, memory: Object.fromEntries([...COUNTED].map((name) => [name, {}])) }, 0).kind,
      "update",
    );
    const updating = { from: "", to: base };
    assert.equal(decide(plan, { ...begun, updating }, 0).kind, "update", "an update that was begun is ended first");
  });

  it("fails at the first look that fails, whether its round has ended or not", () => {
    const look = { at: 0, answer: "fail" } as const;
    const begun = { ...NOT_BEGUN, stepIndex: canary, startedAt: 0, updated: true } as const;
    for (const progress of [begun, { ...begun, settledAt: 0 }]) {
      assert.equal(decide(plan, { ...progress, looks: { "error-rate": look } }, 0).kind, "fail");
    }
  });

  for (const updateTakes of [1_000, 5_000, 30_000]) {
    it(`a canary that fails half its requests costs at most 5 more than an update of ${updateTakes / 1_000} s does`, async () => {
      const { session, store, clock, failed } = production({ perSecond: 200, updateTakes, failing: 0.5 });
      const change = await store.open("production", new Date(clock.now()), {});
      const journal = await openJournal(store, change, clock, silent);
      const { signal } = new AbortController();
      const { exit } = await run({ session, journal, plan: planOf(change, promotion), whenWaiting: "leave", signal });
      assert.equal(exit, 1);
      const duringUpdate = (200 * 0.05 * 0.5 * updateTakes) / SECOND;
      assert.ok(
        failed() <= duringUpdate + 5,
        `${failed()} failed, ${duringUpdate} of them while the weights moved back`,
      );
      assert.equal(stableRelease((await session.stack.state()) ?? base).id, stableRelease(base).id);
    });
  }

  /** A deploy's session in which what is counted fails at its first look, and other work takes until it is called off. */
  async function failingCount() {
    const { session, journal } = await openedDeploy();
    const gates = everyGate(() => "pass");
    const late = { verdict: { gate: "error-rate", answer: "fail", summary: "", evidence: {} }, memory: null } as const;
    gates["error-rate"] = { name: "error-rate", observe: async () => late };
    return { session: { ...session, gates }, journal };
  }
  const step = plan.steps[canary];
  assert.ok(step);
  const calledOff = (signal: AbortSignal) =>
    new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));

  it("reads what is counted while the route is still read back, and calls that off where it fails", async () => {
    const { session, journal } = await failingCount();
    const readBack: typeof session.readBack = (_state, _target, { signal }) => calledOff(signal);
    await readBackStep(staying({ plan, journal, session: { ...session, readBack } }), { kind: "read-back", step });
    const types = journal.events().map(({ type }) => type);
    assert.deepEqual([...new Set(types.slice(1))], ["requests-begun", "gate"], "neither read back nor settled");
    assert.equal(journal.events().at(-1)?.data.answer, "fail");
    assert.equal(journal.progress().looks["error-rate"]?.answer, "fail");
  });

  it("reads what is counted while a slow gate is still at work, and calls that off where it fails", async () => {
    const { session, journal } = await failingCount();
    let looks = 0;
    session.gates["error-rate"] = {
      name: "error-rate",
      observe: async () => {
        looks += 1;
        const answer = looks === 1 ? "pass" : "fail";
        return { verdict: { gate: "error-rate", answer, summary: "", evidence: {} }, memory: null };
      },
    };
    session.gates.websocket = {
      name: "websocket",
      observe: ({ signal }) =>
        calledOff(signal).catch(() => ({
          verdict: { gate: "websocket", answer: "hold", summary: "", evidence: {} },
          memory: null,
        })),
    };
    await observeGates(staying({ session, journal, plan }), { kind: "gates", step });
    assert.equal(journal.progress().round?.answer, "fail");
    assert.equal(looks, 2);
  });

  it("knows of its own requests in the middle of a burst: a reading between two of them counts exactly the first", () => {
    let now = 0;
    const recorder = newRecorder(() => now);
    const begun = withBegun(NO_OWN_REQUESTS, now);
    const reading = () => countedBy(soFar(begun, recorder), { from: now, to: now })?.releases;
    const ended = recorder.sent("other");
    assert.equal(reading(), undefined, "one is under way");
    ended({ release: release.id, status: 500 });
    assert.equal(reading(), undefined, "it may not be counted yet");
    now += COUNTED_WITHIN;
    assert.deepEqual(reading(), { [release.id]: { requests: 1, errors: 1 } });
    assert.equal(countedBy(begun, { from: now, to: now }), null, "another runner would not know");
  });

  it("reads often those gates alone that send nothing", () => {
    const sendNothing = GATE_NAMES.filter((name) => GATES[name].reads === "counters");
    assert.deepEqual([...COUNTED].sort(), sendNothing.sort());
  });

  it("says nothing of a round that a runner was told to leave in", async () => {
    const { session, journal } = await failingCount();
    const leave = new AbortController();
    leave.abort();
    const gates = everyGate(() => "pass");
    const leaving = { ...staying({ plan, journal, session: { ...session, gates } }), signal: leave.signal };
    await observeGates(leaving, { kind: "gates", step });
    assert.equal(journal.progress().round, null);
  });
});
