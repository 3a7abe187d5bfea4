import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import type { Json } from "../../infra/domain/json.ts";
import type { WithoutUsers } from "../../infra/domain/without-users.ts";
import { type ErrorRateMemory, judgeErrorRate, newErrorRateMemory, takeIn } from "../../infra/gates/error-rate.ts";
import { GATES, type GateContext, type Verdict } from "../../infra/gates/index.ts";
import { NO_OWN_REQUESTS, withBurst } from "../../infra/metrics/own-requests.ts";
import type { ReadCounters, Reading, RequestCount } from "../../infra/metrics/reading.ts";
import { seeded } from "../../verification/bench/gates/random.ts";
import { readingOf, readings, type Scenario, trace } from "../../verification/bench/gates/traces.ts";
import { CANARY, contextFor, STABLE } from "./observe.ts";

const gate = GATES["error-rate"];
const NAMES = { canary: CANARY, stable: STABLE };
const LIMITS = {
  minimumRequests: 100,
  alpha: 0.05,
  hardLimitPercent: 5,
  withoutUsers: "hold",
  latency: null,
  pods: { restarts: 1, unready: 3 },
} as const;

type Count = [requests: number, errors: number];

let time = 0;
/** What the Gateway shows a second after the last time. */
function counters(canary: Count | null, stable: Count | null): Reading {
  const releases: Record<string, RequestCount> = {};
  if (canary !== null) releases[CANARY] = { requests: canary[0], errors: canary[1] };
  if (stable !== null) releases[STABLE] = { requests: stable[0], errors: stable[1] };
  time += 1_000;
  return readingOf(time, releases);
}

function context(read: ReadCounters, memory: Json, stable: string | null = STABLE): GateContext {
  return { ...contextFor({ url: "http://127.0.0.1:1", stable, memory }), counters: read };
}

function seen(memory: ErrorRateMemory, reading: Reading): ErrorRateMemory {
  return takeIn(memory, { readings: [reading], own: NO_OWN_REQUESTS }, LIMITS).memory;
}

/** The verdicts of one look after each reading, the memory written as JSON in between. */
async function look(all: readonly Reading[], stable: string | null = STABLE): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  let memory: Json = null;
  for (const one of all) {
    const seen = await gate.observe(context(async () => [one], memory, stable));
    memory = JSON.parse(JSON.stringify(seen.memory));
    verdicts.push(seen.verdict);
  }
  return verdicts;
}

async function answers(all: readonly Reading[], stable: string | null = STABLE): Promise<string[]> {
  return (await look(all, stable)).map(({ answer }) => answer);
}

describe("the error-rate gate", () => {
  it("holds at the first look and until enough requests were served, then passes", async () => {
    const all = [counters([0, 0], [0, 0]), counters([99, 0], [900, 1]), counters([100, 0], [1_000, 1])];
    assert.deepEqual(await answers(all), ["hold", "hold", "pass"]);
  });

  it("takes a release that the counters don't know yet as one without requests", async () => {
    const all = [counters(null, [500, 0]), counters([100, 0], [1_000, 1])];
    assert.deepEqual(await answers(all), ["hold", "pass"]);
  });

  it("fails a canary that fails more often, and shows the numbers", async () => {
    const verdict = (await look([counters([0, 0], [0, 0]), counters([50, 5], [950, 1])]))[1];
    assert.equal(verdict?.answer, "fail");
    assert.match(verdict?.summary ?? "", /5 of 50 users' requests failed \(10\.00 %\)/);
    assert.partialDeepStrictEqual(verdict?.evidence, {
      canary: { requests: 50, errors: 5 },
      stable: { requests: 950, errors: 1 },
      threshold: 20.04,
    });
  });

  it("doesn't blame the canary for an outage of both, but for passing the hard limit", async () => {
    const few = await look([counters([0, 0], [0, 0]), counters([99, 99], [900, 900])]);
    assert.equal(few[1]?.answer, "hold");
    const more = await look([counters([0, 0], [0, 0]), counters([100, 100], [900, 900])]);
    assert.equal(more[1]?.answer, "fail");
    assert.match(more[1]?.summary ?? "", /above the limit of 5 %/);
  });

  it("needs confidence, not only a share, to say that the hard limit is passed", async () => {
    assert.deepEqual(await answers([counters([0, 0], null), counters([100, 7], null)], null), ["hold", "pass"]);
    assert.deepEqual(await answers([counters([0, 0], null), counters([1_000, 100], null)], null), ["hold", "fail"]);
  });

  it("begins a new baseline when counters go backwards or vanish, and keeps what it knows", async () => {
    const restarted = [
      counters([1_000, 0], [9_000, 0]),
      counters([1_200, 0], [9_900, 0]),
      counters([10, 9], [9_950, 0]),
      counters([20, 9], [9_990, 0]),
    ];
    assert.deepEqual(await answers(restarted), ["hold", "pass", "hold", "pass"]);
    const vanished = [counters([0, 0], [0, 0]), counters([200, 0], [900, 0]), counters(null, [950, 0])];
    assert.deepEqual(await answers(vanished), ["hold", "pass", "hold"]);
  });

  it("holds when no release is known, the counters fail, or they are nonsense, and never passes", async () => {
    const good = [counters([0, 0], [0, 0]), counters([500, 0], [500, 0])];
    let memory: Json = null;
    for (const one of good) memory = (await gate.observe(context(async () => [one], memory))).memory;
    const reads: ReadCounters[] = [
      () => Promise.reject(new Error("Prometheus answered something that is not JSON")),
      async () => [],
      async () => [readingOf(time, {})],
      async () => [counters(null, null)],
      async () => [counters([400, 0], [500, 0])],
      () => {
        throw new Error("thrown at once");
      },
    ];
    for (const read of reads) {
      const seen = await gate.observe(context(read, memory));
      assert.equal(seen.verdict.answer, "hold", seen.verdict.summary);
    }
    const [rejecting = () => Promise.reject(new Error())] = reads;
    const { verdict } = await gate.observe(context(rejecting, memory));
    assert.match(verdict.summary, /not JSON/);
  });

  it("starts anew with a memory of another release or one that it can't read", async () => {
    const one = async () => [counters([500, 0], [500, 0])];
    const other = {
      ...newErrorRateMemory({ release: "rother0000", stable: STABLE }),
      canarySeen: { requests: 999, errors: 0 },
    };
    for (const memory of [other, "gibberish", { baseline: 1 }]) {
      const { verdict } = await gate.observe(context(one, memory));
      assert.equal(verdict.answer, "hold");
      assert.partialDeepStrictEqual(verdict.evidence, { canary: { requests: 0, errors: 0 } });
    }
  });

  it("goes on from the counters before a gap, where a query that adds up loses the rows of one code for a look", async () => {
    const rows = (asked: number): Reading => {
      time += 10_000;
      const row = (release: string, code: string, value: number) => ({
        key: `${release} ${code}`,
        target: null,
        release,
        code,
        value,
      });
      const requests = [CANARY, STABLE].flatMap((release) => [
        row(release, "200", 1_000 + 40 * asked),
        ...(asked % 3 === 0 ? [] : [row(release, "500", 30 + Math.round(40 * asked * 0.03))]),
      ]);
      return { from: time - 5_000, to: time, targets: [], requests, buckets: [], counted: "all" };
    };
    const verdicts = await look(Array.from({ length: 30 }, (_, index) => rows(index + 1)));
    verdicts.forEach(({ answer }, index) => {
      const asked = index + 1;
      const served = 40 * (asked - 1);
      assert.equal(answer, asked % 3 === 0 || served < LIMITS.minimumRequests ? "hold" : "pass", `look ${asked}`);
    });
    assert.partialDeepStrictEqual(verdicts.at(-2)?.evidence, {
      canary: { requests: 28 * 40 + 34, errors: 34 },
      stable: { requests: 28 * 40 + 34, errors: 34 },
    });
  });

  it("goes on where a Gateway has dropped a series with what it counted of ours, and leaves that time out", () => {
    const start = counters([0, 0], [0, 0]);
    const sent = { releases: { [CANARY]: { requests: 210, errors: 0 } }, probes: {}, took: {}, unclear: 0 };
    const own = withBurst(NO_OWN_REQUESTS, { ...sent, from: time + 10, to: time + 20 });
    let memory = newErrorRateMemory({ release: CANARY, stable: STABLE });
    const told: string[] = [];
    const take = (reading: Reading) => {
      const next = takeIn(memory, { readings: [reading], own }, LIMITS);
      memory = JSON.parse(JSON.stringify(next.memory));
      told.push(judgeErrorRate(memory, next.look, LIMITS).answer);
    };
    take(start);
    for (let second = 1; second <= 12; second += 1) take(counters([50 + second, 0], [10, 0]));
    assert.ok(told.every((answer) => answer === "hold"));
    assert.deepEqual([memory.canarySeen.requests, memory.fewerSince], [1, null], "only what came after that is known");
    take(counters([300, 0], [10, 0]));
    assert.equal(told.at(-1), "pass");
    assert.equal(memory.canarySeen.requests, 239);
  });

  it("takes our own requests off, and says how many there were", async () => {
    const burst = { from: time + 1_100, to: time + 1_200, releases: { [CANARY]: { requests: 40, errors: 1 } } };
    const own = withBurst(NO_OWN_REQUESTS, { ...burst, probes: {}, took: {}, unclear: 0 });
    const all = [counters([500, 0], [9_000, 0]), counters([540, 1], [9_100, 0]), counters([640, 1], [9_900, 0])];
    let memory: Json = null;
    const verdicts: Verdict[] = [];
    for (const reading of all) {
      const seen = await gate.observe({ ...context(async () => [reading], memory), own });
      memory = seen.memory;
      verdicts.push(seen.verdict);
    }
    assert.deepEqual(
      verdicts.map(({ answer }) => answer),
      ["hold", "hold", "pass"],
    );
    assert.match(
      verdicts[1]?.summary ?? "",
      /^no user has sent a request yet; rc0ffee001 0 of 0 users' requests failed; 40 of our own/,
    );
    assert.match(verdicts[2]?.summary ?? "", /0 of 100 users' requests failed \(0\.00 %\); 40 of our own/);
  });

  it("judges a release without users as the stack asks: by our own requests, not at all, or by nobody but a person", async () => {
    const burst = { from: time + 1_100, to: time + 1_200, releases: { [CANARY]: { requests: 100, errors: 0 } } };
    const own = withBurst(NO_OWN_REQUESTS, { ...burst, probes: {}, took: {}, unclear: 0 });
    const [first, second] = [counters([0, 0], [0, 0]), counters([103, 0], [800, 0])];
    const judged = async (withoutUsers: WithoutUsers) => {
      const asked = (reading: Reading, memory: Json) => {
        const looked = context(async () => [reading], memory);
        return gate.observe({ ...looked, own, limits: { ...looked.limits, withoutUsers } });
      };
      return (await asked(second, (await asked(first, null)).memory)).verdict;
    };
    const [probes, hold, wait] = [await judged("probes"), await judged("hold"), await judged("wait")];
    assert.equal(probes.answer, "pass");
    assert.match(probes.summary, /fewer than 100 users' requests yet: judged by our own requests, of which 0 failed/);
    assert.equal(probes.evidence.judgedBy, "probes");
    assert.deepEqual([hold.answer, wait.answer], ["hold", "hold"]);
    assert.equal(hold.evidence.lacks, "users");
  });

  it("carries its evidence into the next step and counts the step's requests from zero", async () => {
    const first = seen(newErrorRateMemory({ release: CANARY, stable: STABLE }), counters([0, 0], [0, 0]));
    const memory = seen(first, counters([500, 1], [9_500, 0]));
    const kept = gate.forNextStep?.(memory) ?? null;
    const { verdict } = await gate.observe(context(async () => [counters([510, 2], [9_600, 0])], kept));
    assert.equal(verdict.answer, "fail", "one error in each step, both the canary's");
    assert.partialDeepStrictEqual(verdict.evidence, { canary: { requests: 10, errors: 1 } });
    assert.equal(gate.forNextStep?.("gibberish"), null);
  });

  it("is JSON all the way, whatever it has seen", async () => {
    const count = fc
      .tuple(fc.nat(5_000), fc.nat(5_000))
      .map(([one, other]): Count => [Math.max(one, other), Math.min(one, other)]);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(count, count), { minLength: 1, maxLength: 6 }), async (all) => {
        for (const verdict of await look(all.map(([canary, stable]) => counters(canary, stable)))) {
          assert.deepEqual(JSON.parse(JSON.stringify(verdict)), verdict);
        }
      }),
      { seed: 20_261_122, numRuns: 200 },
    );
  });
});

function aborted(scenario: Scenario, seed: number): boolean {
  let memory = newErrorRateMemory({ release: CANARY, stable: STABLE });
  for (const reading of readings(trace(seeded(seed), scenario, 20), NAMES)) memory = seen(memory, reading);
  return judgeErrorRate(memory, { kind: "interval" }, LIMITS).answer === "fail";
}

describe("the error-rate gate over whole canaries", function () {
  this.timeout(180_000);
  const good: Scenario = {
    requestsPerSecond: 100,
    baseline: 0.01,
    canary: 0.01,
    steps: [5, 25, 50].map((weight) => ({ weight, seconds: 300 })),
  };

  it("aborts at most alpha of 10,000 good canaries whose weight moves from 5 over 25 to 50 %", () => {
    let count = 0;
    for (let seed = 1; seed <= 10_000; seed += 1) if (aborted(good, seed)) count += 1;
    assert.ok(count <= 500, `${count} good canaries were aborted`);
    assert.ok(count >= 50, `only ${count} were aborted: the simulation tests nothing`);
  });

  it("aborts nearly every canary that fails twice as often", () => {
    let count = 0;
    for (let seed = 1; seed <= 200; seed += 1) if (aborted({ ...good, canary: 0.02 }, seed)) count += 1;
    assert.ok(count >= 195, `${count} of 200`);
  });
});
