import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import type { Json } from "../../infra/domain/json.ts";
import { type Durations, quantileOf } from "../../infra/gates/durations.ts";
import { GATES, type GateContext, type GateLimits, gateLimits, type Verdict } from "../../infra/gates/index.ts";
import { judgeLatency } from "../../infra/gates/latency.ts";
import { comparedBounds, newLatencyMemory, takeInLatencies } from "../../infra/gates/latency-evidence.ts";
import { NO_OWN_REQUESTS, withBurst } from "../../infra/metrics/own-requests.ts";
import type { ReadCounters, Reading } from "../../infra/metrics/reading.ts";
import {
  type DurationScenario,
  durationReading,
  durationReadings,
  durationTrace,
  TRAEFIK_BOUNDS,
} from "../../verification/bench/gates/durations.ts";
import { seeded } from "../../verification/bench/gates/random.ts";
import { CANARY, contextFor, STABLE } from "./observe.ts";

const gate = GATES.latency;
const NAMES = { canary: CANARY, stable: STABLE };
const BOUNDS = [10, 100, 500, 2_500];
const SETTINGS = {
  minimumRequests: 20,
  errorRate: { alpha: 0.05, hardLimitPercent: 5 },
  latency: { warmUp: 10_000, from: 50 },
  pods: { restarts: 1, unready: 3 },
};
const LIMITS = gateLimits(SETTINGS, { stage: "production", durations: true, scale: 1 });
const WITH_P99: GateLimits = gateLimits(
  { ...SETTINGS, latency: { ...SETTINGS.latency, p99: 2_000 } },
  { stage: "production", durations: true, scale: 1 },
);

/** So many requests of 5, 50, 300, 1,500 and 9,000 ms since the counters began. */
type Served = readonly number[];

function durations(served: Served): Durations {
  const slower = BOUNDS.map((_, at) => served.slice(at + 1).reduce((sum, count) => sum + count, 0));
  return { requests: served.reduce((sum, count) => sum + count, 0), bounds: BOUNDS, slower };
}

function reading(second: number, canary: Served | null, stable: Served | null): Reading {
  const releases: Record<string, Durations> = {};
  if (canary !== null) releases[CANARY] = durations(canary);
  if (stable !== null) releases[STABLE] = durations(stable);
  return durationReading(second * 1_000, releases);
}

interface Looks {
  stable?: string | null;
  limits?: GateLimits;
}

function context(read: ReadCounters, memory: Json, { stable = STABLE, limits = LIMITS }: Looks): GateContext {
  return { ...contextFor({ url: "http://127.0.0.1:1", stable, memory }), counters: read, limits };
}

/** The verdicts of one look after each reading, the memory written as JSON in between. */
async function look(all: readonly Reading[], looks: Looks = {}): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  let memory: Json = null;
  for (const one of all) {
    const seen = await gate.observe(context(async () => [one], memory, looks));
    memory = JSON.parse(JSON.stringify(seen.memory));
    verdicts.push(seen.verdict);
  }
  return verdicts;
}

const answers = async (all: readonly Reading[], looks?: Looks) => (await look(all, looks)).map(({ answer }) => answer);

describe("the latency gate", () => {
  it("holds at the first look, while the release warms up and until enough requests were served, then passes", async () => {
    const all = [
      reading(0, [0], [0]),
      reading(5, [0, 0, 50], [500]),
      reading(10, [10, 0, 50], [1_000]),
      reading(20, [29, 0, 50], [2_000]),
      reading(30, [40, 0, 50], [3_000]),
    ];
    const verdicts = await look(all);
    assert.deepEqual(
      verdicts.map(({ answer }) => answer),
      ["hold", "hold", "hold", "hold", "pass"],
    );
    assert.match(verdicts[1]?.summary ?? "", /warming up/);
    assert.match(verdicts[3]?.summary ?? "", /fewer than 20 users' requests/);
    assert.partialDeepStrictEqual(verdicts[4]?.evidence, { canary: { requests: 30 }, stable: { requests: 2_000 } });
  });

  it("where waits are shortened holds a release that is slow while it warms up, and lets one that isn't pass at once", async () => {
    const limits = gateLimits(SETTINGS, { stage: "production", durations: true, scale: 14_400 });
    const cold = [1, 2, 3, 4, 5, 6].map((second) => reading(second, [20 * second, 0, 10 * second], [400 * second]));
    const warm = [12, 13, 14, 15].map((second) => reading(second, [20 * second, 0, 60], [400 * second]));
    const slowAtFirst = await look([reading(0, [0], [0]), ...cold, ...warm], { limits });
    assert.deepEqual(
      [...new Set(slowAtFirst.slice(3, 7).map(({ summary }) => summary.split(";")[0]))],
      ["the release is warming up"],
    );
    assert.equal(slowAtFirst.at(-1)?.answer, "pass");
    assert.ok(!slowAtFirst.some(({ answer }) => answer === "fail"));
    const slowForGood = [
      ...cold,
      ...[12, 13, 14, 15, 16].map((second) => reading(second, [20 * second, 0, 10 * second], [400 * second])),
    ];
    assert.equal((await answers([reading(0, [0], [0]), ...slowForGood], { limits })).at(-1), "fail");
    const good = [0, 1, 2].map((second) => reading(second, [20 * second], [400 * second]));
    assert.deepEqual(await answers(good, { limits }), ["hold", "pass", "pass"]);
  });

  it("fails nothing by what the warm-up has shown at a look that sees nothing new", async () => {
    const limits = gateLimits(SETTINGS, { stage: "production", durations: true, scale: 14_400 });
    let memory: Json = null;
    for (const second of [0, 1, 2, 3, 4, 5, 6]) {
      const one = reading(second, [20 * second, 0, 10 * second], [400 * second]);
      memory = (await gate.observe(context(async () => [one], memory, { limits }))).memory;
    }
    const unread = async () => Promise.reject(new Error("the source doesn't answer"));
    const { verdict } = await gate.observe(context(unread, memory, { limits }));
    assert.equal(verdict.answer, "hold", verdict.summary);
  });

  it("fails a canary whose median has moved, and says by how much", async () => {
    const all = [
      reading(0, [0], [0]),
      reading(10, [0, 0, 50], [1_000]),
      reading(20, [0, 0, 100], [2_000]),
      reading(30, [0, 0, 150], [3_000]),
      reading(40, [0, 0, 200], [4_000]),
    ];
    const verdicts = await look(all);
    assert.equal(verdicts.at(-1)?.answer, "fail");
    assert.match(
      verdicts.at(-1)?.summary ?? "",
      /100\.0 % of its requests took more than 100 ms, 0\.0 % of the other's/,
    );
    assert.partialDeepStrictEqual(verdicts.at(-1)?.evidence, { slower: { above: 100 } });
  });

  it("lets no single interval decide: a moment's stall is one event, however many requests it makes slow", async () => {
    const all = [
      reading(0, [0], [0]),
      reading(10, [50], [1_000]),
      reading(20, [100], [2_000]),
      reading(30, [100, 0, 0, 50], [3_000]),
      reading(40, [150, 0, 0, 50], [4_000]),
    ];
    assert.deepEqual(await answers(all), ["hold", "hold", "pass", "pass", "pass"]);
  });

  it("takes looks that follow each other quickly as one interval", async () => {
    const seconds = [0, 10, 11, 12, 13, 14];
    const all = seconds.map((second) => reading(second, [0, 0, 0, 10 * second], [100 * second]));
    assert.ok(!(await answers(all)).includes("fail"));
  });

  it("doesn't blame the canary for what makes both slow, nor for a difference that nobody feels", async () => {
    const seconds = [0, 10, 20, 30, 40, 50, 60];
    const both = seconds.map((second) => reading(second, [0, 0, 0, 5 * second], [0, 0, 0, 95 * second]));
    const unfelt = seconds.map((second) => reading(second, [0, 5 * second], [95 * second]));
    assert.equal((await answers(both)).at(-1), "pass");
    assert.equal((await answers(unfelt)).at(-1), "pass");
  });

  it("fails above its own limit, with confidence and without a release to compare with", async () => {
    const slow = [reading(0, [0], null), reading(10, [100], null), reading(20, [180, 0, 0, 0, 20], null)];
    assert.deepEqual(await answers(slow, { stable: null, limits: WITH_P99 }), ["hold", "hold", "fail"]);
    const [, , verdict] = await look(slow, { stable: null, limits: WITH_P99 });
    assert.match(verdict?.summary ?? "", /p99 is above the limit of 2000 ms/);
    const few = [reading(0, [0], null), reading(10, [100], null), reading(20, [198, 0, 0, 0, 2], null)];
    assert.deepEqual(await answers(few, { stable: null, limits: WITH_P99 }), ["hold", "hold", "pass"]);
  });

  it("holds where no bucket reaches the limit, and says what to do", async () => {
    const limits = gateLimits(
      { ...SETTINGS, latency: { ...SETTINGS.latency, p99: 5_000 } },
      { stage: "production", durations: true, scale: 1 },
    );
    const all = [reading(0, [0], [0]), reading(10, [100], [900]), reading(20, [200], [1_800])];
    const last = (await look(all, { limits })).at(-1);
    assert.equal(last?.answer, "hold");
    assert.match(last?.summary ?? "", /no bucket reaches the limit of p99/);
  });

  it("begins a new baseline when counters go backwards, bounds change or buckets contradict each other", async () => {
    const good = [reading(0, [0], [0]), reading(10, [100], [900]), reading(20, [200], [1_800])];
    const other = { requests: 300, bounds: [100, 500], slower: [0, 0] };
    const odd = { requests: 300, bounds: BOUNDS, slower: [0, 5, 0, 0] };
    for (const next of [
      reading(30, [5], [2_700]),
      durationReading(30_000, { [CANARY]: other, [STABLE]: durations([2_700]) }),
      durationReading(30_000, { [CANARY]: odd, [STABLE]: durations([2_700]) }),
    ]) {
      assert.deepEqual(await answers([...good, next]), ["hold", "hold", "pass", "hold"]);
    }
  });

  it("holds when nothing can be read or the answer is nonsense, and says that nothing is judged where nothing was named", async () => {
    const nothing = durationReading(1, {});
    const reads: ReadCounters[] = [
      () => Promise.reject(new Error("Prometheus answered something that is not JSON")),
      async () => [],
      async () => [nothing],
      () => {
        throw new Error("thrown at once");
      },
    ];
    for (const read of reads) assert.equal((await gate.observe(context(read, null, {}))).verdict.answer, "hold");
    const unjudged = gateLimits(SETTINGS, { stage: "production", durations: false, scale: 1 });
    const { verdict } = await gate.observe(context(async () => [nothing], null, { limits: unjudged }));
    assert.equal(verdict.answer, "pass");
    assert.match(verdict.summary, /not judged/);
  });

  it("carries its evidence into the next step, but no interval over the move of weight", async () => {
    let memory: Json = null;
    for (const one of [
      reading(0, [0], [0]),
      reading(10, [0, 0, 20], [900]),
      reading(20, [0, 0, 40], [1_800]),
      reading(30, [0, 0, 44], [2_700]),
    ]) {
      memory = (await gate.observe(context(async () => [one], memory, {}))).memory;
    }
    const kept = gate.forNextStep?.(JSON.parse(JSON.stringify(memory))) ?? null;
    const first = await gate.observe(context(async () => [reading(40, [0, 0, 90], [3_000])], kept, {}));
    assert.equal(first.verdict.answer, "fail", "what the step before has found still holds");
    assert.partialDeepStrictEqual(first.verdict.evidence, { canary: { requests: 46 }, look: "interval" });
    let after: Json = gate.forNextStep?.(newLatencyMemory({ release: CANARY, stable: STABLE })) ?? null;
    for (const one of [reading(0, [0], [0]), reading(20, [50], [900]), reading(40, [50, 0, 0, 40], [1_000])]) {
      after = (await gate.observe(context(async () => [one], after, {}))).memory;
    }
    const { verdict } = await gate.observe(context(async () => [reading(60, [100, 0, 0, 40], [2_000])], after, {}));
    assert.equal(verdict.answer, "pass", "what came while weight moved isn't compared");
    assert.equal(gate.forNextStep?.("gibberish"), null);
  });

  it("takes our own requests off, which are slower than users' and mostly the judged release's", async () => {
    const own = (until: number) => {
      const sent = Math.max(0, until - 15);
      const took = [sent, sent, sent, sent, 0, 0, 0, 0];
      const burst = { from: 16_000, to: until * 1_000 - 600, probes: {}, unclear: 0 };
      const releases = { [CANARY]: { requests: sent, errors: 0 } };
      return sent === 0
        ? NO_OWN_REQUESTS
        : withBurst(NO_OWN_REQUESTS, { ...burst, releases, took: { [CANARY]: took } });
    };
    let memory: Json = null;
    let last: Verdict | null = null;
    for (const second of [0, 10, 20, 30, 40, 50]) {
      const ours = Math.max(0, second - 15);
      const one = reading(second, [5 * second, 0, ours], [100 * second]);
      const seen = await gate.observe({ ...context(async () => [one], memory, {}), own: own(second) });
      memory = JSON.parse(JSON.stringify(seen.memory));
      last = seen.verdict;
    }
    assert.equal(last?.answer, "pass", last?.summary);
    assert.partialDeepStrictEqual(last?.evidence, { canary: { requests: 200 }, e: 1 });
  });

  it("says on staging that it judges nothing where too few users come, and holds on production", async () => {
    const all = [reading(0, [0], [0]), reading(10, [2], [0]), reading(20, [4], [0])];
    const staging = gateLimits(SETTINGS, { stage: "staging", durations: true, scale: 1 });
    const there = (await look(all, { limits: staging })).at(-1);
    assert.equal(there?.answer, "pass");
    assert.match(there?.summary ?? "", /latency isn't judged/);
    const here = (await look(all)).at(-1);
    assert.partialDeepStrictEqual(here, { answer: "hold", evidence: { lacks: "users" } });
  });

  it("is JSON all the way, whatever it has seen", async () => {
    const served = fc.array(fc.nat(500), { minLength: 5, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(served, served), { minLength: 1, maxLength: 6 }), async (all) => {
        const readings = all.map(([canary, stable], at) => reading(10 * at, canary, stable));
        for (const verdict of await look(readings, { limits: WITH_P99 })) {
          assert.deepEqual(JSON.parse(JSON.stringify(verdict)), verdict);
        }
      }),
      { seed: 20_261_127, numRuns: 200 },
    );
  });
});

describe("a histogram's figures", () => {
  it("puts a quantile into its bucket", () => {
    const seen = durations([50, 30, 15, 5]);
    assert.equal(quantileOf(seen, 0.5), 10);
    assert.equal(Math.round(quantileOf(seen, 0.8) ?? 0), 100);
    assert.equal(Math.round(quantileOf(seen, 0.65) ?? 0), 55);
    assert.equal(quantileOf(durations([]), 0.5), null);
    assert.equal(quantileOf(durations([0, 0, 0, 0, 9]), 0.5), null);
  });

  it("compares the bounds that are felt, and thins many of them out", () => {
    assert.deepEqual(comparedBounds({ bounds: BOUNDS }, { from: 50 }), [100, 500, 2_500]);
    const many = Array.from({ length: 100 }, (_, at) => 100 + at);
    const compared = comparedBounds({ bounds: many }, { from: 50 });
    assert.equal(compared.length, 16);
    assert.deepEqual([compared[0], compared.at(-1)], [100, 199]);
  });
});

function aborted(scenario: DurationScenario, seed: number): boolean {
  let memory = newLatencyMemory({ release: CANARY, stable: STABLE });
  const { latency } = LIMITS;
  assert.ok(latency !== null);
  for (const one of durationReadings(durationTrace(seeded(seed), scenario, 10), NAMES, scenario.bounds)) {
    memory = takeInLatencies(memory, { readings: [one], own: NO_OWN_REQUESTS }, latency).memory;
  }
  return judgeLatency(memory, { kind: "interval" }, LIMITS).answer === "fail";
}

describe("the latency gate over whole canaries", function () {
  this.timeout(120_000);
  const usual = { median: 60, spread: 0.8, slowed: { share: 0, by: 0 } };
  const good: DurationScenario = {
    requestsPerSecond: 100,
    stable: usual,
    canary: usual,
    steps: [5, 25, 50].map((weight) => ({ weight, seconds: 40 })),
    bounds: TRAEFIK_BOUNDS,
  };
  const atFive = { ...good, steps: [{ weight: 5, seconds: 600 }] };
  const count = (scenario: DurationScenario, canaries: number) =>
    Array.from({ length: canaries }, (_, at) => aborted(scenario, at + 1)).filter(Boolean).length;

  it("aborts at most its part of alpha of 10,000 good canaries whose weight moves from 5 over 25 to 50 %", () => {
    const found = count(good, 10_000);
    assert.ok(found <= 10_000 * (LIMITS.latency?.alpha ?? 0), `${found} good canaries were aborted`);
    assert.ok(found >= 1, "none was aborted: the simulation tests nothing");
  });

  for (const median of [6, 60]) {
    it(`finds 250 ms at the median of ${median} ms, and 2 s for 1 % of the requests, at 5 %`, () => {
      const stable = { ...usual, median };
      for (const slowed of [
        { share: 1, by: 250 },
        { share: 0.01, by: 2_000 },
      ]) {
        const found = count({ ...atFive, stable, canary: { ...stable, slowed } }, 100);
        assert.ok(found >= 98, `${found} of 100 with ${slowed.by} ms for ${slowed.share}`);
      }
    });
  }

  it("passes a good canary that takes 8 s to warm up", () => {
    const found = count({ ...atFive, warmUp: { seconds: 8, by: 1_000 } }, 100);
    assert.ok(found <= 1, `${found} of 100`);
  });
});
