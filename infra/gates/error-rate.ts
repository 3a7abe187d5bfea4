import { z } from "zod";
import type { Counters, Gate, GateLimits, Json, ReleaseCounters, Target, Verdict } from "./gate.ts";
import {
  addTrials,
  logE,
  newTest,
  pValue,
  type RatioInterval,
  ratioInterval,
  rejects,
  sequentialTestSchema,
} from "./sequential-test.ts";

const GATE = "error-rate";
/** The part of alpha that the hard limit may spend; the comparison has the rest, so that both together keep alpha. */
const HARD_LIMIT_SHARE = 1 / 500;

const releaseCounters = z.strictObject({ requests: z.number().nonnegative(), errors: z.number().nonnegative() });

const memorySchema = z.strictObject({
  release: z.string(),
  stable: z.string().nullable(),
  /** The counters at the last look. */
  last: z.strictObject({ canary: releaseCounters, stable: releaseCounters }).nullable(),
  /** Requests and errors between looks in this step. */
  canarySeen: releaseCounters,
  stableSeen: releaseCounters,
  /** Trials: all errors; hits: the canary's. */
  ratio: sequentialTestSchema,
  /** Trials: the canary's requests; hits: its errors. */
  limit: sequentialTestSchema,
});

/** What the gate remembers from look to look. */
export type ErrorRateMemory = z.infer<typeof memorySchema>;

/** What one look saw: counters that go on from the last ones, a new baseline, or nothing to judge by. */
export type Look = { kind: "interval" } | { kind: "baseline"; why: string } | { kind: "no data"; why: string };

const NONE: ReleaseCounters = { requests: 0, errors: 0 };

export function newErrorRateMemory(target: Pick<Target, "release" | "stable">): ErrorRateMemory {
  return {
    release: target.release,
    stable: target.stable,
    last: null,
    canarySeen: NONE,
    stableSeen: NONE,
    ratio: newTest(),
    limit: newTest(),
  };
}

function recall(memory: Json, target: Target): ErrorRateMemory {
  const known = memorySchema.safeParse(memory);
  const same = known.success && known.data.release === target.release && known.data.stable === target.stable;
  return same ? known.data : newErrorRateMemory(target);
}

function minus(next: ReleaseCounters, last: ReleaseCounters): ReleaseCounters {
  return { requests: next.requests - last.requests, errors: next.errors - last.errors };
}

function plus(one: ReleaseCounters, other: ReleaseCounters): ReleaseCounters {
  return { requests: one.requests + other.requests, errors: one.errors + other.errors };
}

function goesOn(interval: ReleaseCounters): boolean {
  return interval.errors >= 0 && interval.requests >= interval.errors;
}

/** Pure: the memory after one more reading of the counters. A counter that went backwards begins a new baseline. */
export function takeIn(
  memory: ErrorRateMemory,
  counters: Counters,
  limits: GateLimits,
): { memory: ErrorRateMemory; look: Look } {
  const canaryNow = counters.releases[memory.release];
  const stableNow = memory.stable === null ? undefined : counters.releases[memory.stable];
  if (canaryNow === undefined && stableNow === undefined) {
    return { memory, look: { kind: "no data", why: `the counters know no request of ${memory.release}` } };
  }
  const last = { canary: canaryNow ?? NONE, stable: stableNow ?? NONE };
  if (memory.last === null) {
    return { memory: { ...memory, last }, look: { kind: "baseline", why: "the first reading of the counters" } };
  }
  const canary = minus(last.canary, memory.last.canary);
  const stable = minus(last.stable, memory.last.stable);
  if (!goesOn(canary) || !goesOn(stable)) {
    return { memory: { ...memory, last }, look: { kind: "baseline", why: "the counters began anew" } };
  }
  const errors = canary.errors + stable.errors;
  const share = canary.requests / Math.max(1, canary.requests + stable.requests);
  return {
    memory: {
      ...memory,
      last,
      canarySeen: plus(memory.canarySeen, canary),
      stableSeen: plus(memory.stableSeen, stable),
      ratio: addTrials(memory.ratio, { share, hits: canary.errors, trials: errors }),
      limit: addTrials(memory.limit, {
        share: limits.hardLimitPercent / 100,
        hits: canary.errors,
        trials: canary.requests,
      }),
    },
    look: { kind: "interval" },
  };
}

function inWords(name: string, { requests, errors }: ReleaseCounters): string {
  const percent = requests === 0 ? "" : ` (${((100 * errors) / requests).toFixed(2)} %)`;
  return `${name} ${errors} of ${requests} requests failed${percent}`;
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

function jsonRatio({ estimate, low, high }: RatioInterval): Json {
  return {
    estimate: estimate === null ? null : rounded(estimate),
    low: low === null ? null : rounded(low),
    high: high === null ? null : rounded(high),
  };
}

/** Pure: what the memory says of the release. Bursts of one user's retries count as several errors. */
export function judgeErrorRate(memory: ErrorRateMemory, look: Look, limits: GateLimits): Verdict {
  const { canarySeen, stableSeen, ratio, limit } = memory;
  const ratioAlpha = limits.alpha * (1 - HARD_LIMIT_SHARE);
  const enough = canarySeen.requests >= limits.minimumRequests;
  const counts = [inWords(memory.release, canarySeen)];
  if (memory.stable !== null) counts.push(inWords(memory.stable, stableSeen));
  const evidence = {
    canary: canarySeen,
    stable: memory.stable === null ? null : stableSeen,
    ratio: jsonRatio(ratioInterval(ratio, limits.alpha)),
    e: rounded(Math.exp(Math.min(logE(ratio), 300))),
    p: rounded(pValue(ratio)),
    threshold: rounded(1 / ratioAlpha),
    limit: { percent: limits.hardLimitPercent, p: rounded(pValue(limit)) },
    minimumRequests: limits.minimumRequests,
    look: look.kind,
  };
  const verdict = (answer: Verdict["answer"], reason: string): Verdict => ({
    gate: GATE,
    answer,
    summary: [reason, ...counts].join("; "),
    evidence,
  });
  if (rejects(ratio, ratioAlpha)) return verdict("fail", `fails more often than ${memory.stable}, p = ${evidence.p}`);
  if (enough && rejects(limit, limits.alpha * HARD_LIMIT_SHARE)) {
    return verdict("fail", `above the limit of ${limits.hardLimitPercent} % failing requests`);
  }
  if (look.kind !== "interval") return verdict("hold", look.why);
  if (!enough) return verdict("hold", `fewer than ${limits.minimumRequests} requests yet`);
  return verdict("pass", "no worse");
}

const countersSchema = z.object({ at: z.number(), releases: z.record(z.string(), releaseCounters) });

async function readCounters(read: () => Promise<Counters>): Promise<Counters | string> {
  try {
    const answer = countersSchema.safeParse(await read());
    return answer.success ? answer.data : `the counters are nonsense: ${z.prettifyError(answer.error)}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

export const errorRate: Gate = {
  name: GATE,
  async observe({ target, counters, limits, memory }) {
    const known = recall(memory, target);
    const answer = await readCounters(counters);
    const { memory: next, look } =
      typeof answer === "string"
        ? { memory: known, look: { kind: "no data", why: answer } satisfies Look }
        : takeIn(known, answer, limits);
    return { verdict: judgeErrorRate(next, look, limits), memory: next };
  },
  carry(memory) {
    const known = memorySchema.safeParse(memory);
    return known.success ? { ...known.data, canarySeen: NONE, stableSeen: NONE } : null;
  },
};
