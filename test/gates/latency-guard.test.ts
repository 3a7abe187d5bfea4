import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import type { Durations } from "../../infra/gates/durations.ts";
import { gateLimits, type Verdict } from "../../infra/gates/index.ts";
import { judgeLatency } from "../../infra/gates/latency.ts";
import {
  comparedAnew,
  keptLatencyMemory,
  type LatencyMemory,
  latencyMemorySchema,
  newLatencyMemory,
  takeInLatencies,
} from "../../infra/gates/latency-evidence.ts";
import { addGuarded, isSlower, NO_GUARD, slowerAllowed } from "../../infra/gates/latency-guard.ts";
import { NO_OWN_REQUESTS } from "../../infra/metrics/own-requests.ts";
import {
  addDurations,
  CLIENT_BOUNDS,
  type DurationScenario,
  durationReading,
  durationTrace,
  type Service,
} from "../../verification/bench/gates/durations.ts";
import { seeded } from "../../verification/bench/gates/random.ts";

const [CANARY, STABLE] = ["rc0ffee001", "r5ab1e0001"] as const;
const LIMITS = gateLimits(
  {
    minimumRequests: 20,
    errorRate: { alpha: 0.05, hardLimitPercent: 5 },
    latency: { warmUp: 10_000, from: 50 },
    pods: { restarts: 1, unready: 3 },
  },
  { stage: "production", durations: true, scale: 1 },
);
const usual: Service = { median: 60, spread: 0.8, slowed: { share: 0, by: 0 } };
const scenario = (canary: Service, weight: number, seconds: number): DurationScenario => ({
  requestsPerSecond: 100,
  stable: usual,
  canary,
  steps: [{ weight, seconds }],
  bounds: CLIENT_BOUNDS,
});

/**
 * A canary at 5, 25 and 50 %, a minute each, as slow as the stable release; then alone, as usual for `well` seconds and as `later` for
 * `seconds`, with a look each `every` seconds.
 */
function guarded(seed: number, later: Service, { seconds = 900, every = 10, well = 0 } = {}) {
  const random = seeded(seed);
  const nothing: Durations = { requests: 0, bounds: CLIENT_BOUNDS, slower: CLIENT_BOUNDS.map(() => 0) };
  const { latency } = LIMITS;
  assert.ok(latency !== null);
  let memory: LatencyMemory = newLatencyMemory({ release: CANARY, stable: STABLE });
  let totals = { canary: nothing, stable: nothing };
  let now = 0;
  const look = (): Verdict => {
    const reading = durationReading(now * 1_000, { [CANARY]: totals.canary, [STABLE]: totals.stable });
    const seen = takeInLatencies(memory, { readings: [reading], own: NO_OWN_REQUESTS }, latency);
    memory = latencyMemorySchema.parse(JSON.parse(JSON.stringify(seen.memory)));
    return judgeLatency(memory, seen.look, LIMITS);
  };
  look();
  const phases = [5, 25, 50].map((weight) => scenario(usual, weight, 60));
  const beside = phases.length;
  const all = [...phases, scenario(usual, 100, well), scenario(later, 100, seconds)];
  for (const [index, phase] of all.entries()) {
    const alone = index >= beside;
    for (const slice of durationTrace(random, phase, alone ? every : 10)) {
      totals = {
        canary: addDurations(totals.canary, slice.canary),
        stable: addDurations(totals.stable, slice.stable),
      };
      now += alone ? every : 10;
      const verdict = look();
      if (verdict.answer === "fail") return { alone, after: slice.until, late: index > beside, verdict, memory };
    }
    memory = keptLatencyMemory(memory);
  }
  return { alone: false, after: null, late: false, verdict: null, memory };
}

describe("the guard's look at latency", function () {
  this.timeout(60_000);
  it("takes a release back whose median or tail is slower once it is alone, and says by how much", () => {
    for (let seed = 1; seed <= 10; seed += 1) {
      for (const slowed of [
        { share: 1, by: 250 },
        { share: 0.02, by: 2_000 },
      ]) {
        const found = guarded(seed, { ...usual, slowed });
        assert.ok(found.alone && found.after !== null, `seed ${seed}, ${JSON.stringify(slowed)}`);
        assert.match(found.verdict?.summary ?? "", /slower than r5ab1e0001 was during the canary: .* took more than/);
        assert.ok(found.after <= 480, `after ${found.after} s`);
      }
    }
  });

  it("finds it too where the runner only looks in every five minutes, as CI calls it", () => {
    const found = guarded(1, { ...usual, slowed: { share: 1, by: 250 } }, { seconds: 7_200, every: 300 });
    assert.ok(found.alone && found.after !== null && found.after <= 2_700, `after ${found.after} s`);
  });

  it("leaves a release alone that is as quick as the one before, or a tenth slower, for a day of looks", () => {
    for (let seed = 1; seed <= 8; seed += 1) {
      for (const later of [usual, { ...usual, median: 66 }]) {
        const { alone, verdict } = guarded(seed, later, { seconds: 86_400, every: 300 });
        assert.equal(alone, false, `seed ${seed}: ${verdict?.summary}`);
      }
    }
  });

  it("finds a release that becomes slow after hours in which it was well", () => {
    for (let seed = 1; seed <= 3; seed += 1) {
      const found = guarded(seed, { ...usual, slowed: { share: 1, by: 250 } }, { every: 60, well: 6 * 3_600 });
      assert.ok(found.late && found.after !== null && found.after <= 600, `seed ${seed}: after ${found.after} s`);
    }
  });

  it("lets no single minute decide, nor three: what slows everything down for a moment is no release's fault", () => {
    const bounds = [100, 500];
    const reference = { requests: 100_000, bounds, slower: [1_000, 10] };
    const stable = { requests: 0, bounds, slower: [0, 0] };
    const judged = { requests: 2_000, bounds, slower: [2_000, 2_000] };
    const well = { requests: 2_000, bounds, slower: [10, 0] };
    const alpha = 0.05 / 5 / 200;
    let guard = NO_GUARD;
    for (const [minute, seen] of [judged, judged, judged, well, well].entries()) {
      const [from, to] = [minute * 60_000, (minute + 1) * 60_000];
      guard = addGuarded(guard, { from, to, judged: seen, stable, reference, bounds, delta: 1e-4 });
      assert.equal(isSlower(guard, alpha), false, `minute ${minute}`);
    }
  });

  it("says nothing while the stable release has traffic, or where nothing is known of it", () => {
    const bounds = [100];
    const judged = { requests: 100, bounds, slower: [100] };
    const some = { requests: 50, bounds, slower: [0] };
    const none = { requests: 0, bounds, slower: [0] };
    for (const [stable, reference] of [
      [some, some],
      [none, none],
    ] as const)
      assert.deepEqual(
        addGuarded(NO_GUARD, { from: 0, to: 60_000, judged, stable, reference, bounds, delta: 1e-4 }),
        NO_GUARD,
      );
  });

  it("allows more than was seen, at most twice its odds once much was seen, and never more than all", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), fc.double({ min: 0, max: 1, noNaN: true }), (requests, share) => {
        const hits = Math.floor(share * requests);
        const allowed = slowerAllowed({ requests, bounds: [100], slower: [hits] }, 100, 1e-4);
        assert.ok(allowed >= hits / requests && allowed <= 1);
      }),
      { seed: 20_261_127 },
    );
    const much = slowerAllowed({ requests: 1e9, bounds: [100], slower: [1e8] }, 100, 1e-4);
    assert.ok(Math.abs(much - 0.2 / 1.1) < 1e-3);
  });

  it("keeps what the copy of the stable release has shown when that one has gone", () => {
    const { memory } = guarded(1, usual, { seconds: 0 });
    const { reference, guard } = comparedAnew(memory, { release: CANARY, stable: "r0000000001" });
    assert.ok(reference.requests > 10_000);
    assert.deepEqual([reference, guard], [memory.reference, memory.guard]);
  });
});
