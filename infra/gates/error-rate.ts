import { z } from "zod";
import type { Json } from "../domain/json.ts";
import { baselineSchema, type Followed, follow } from "../metrics/follow.ts";
import {
  difference,
  isError,
  NO_REQUESTS,
  type Reading,
  type RequestCount,
  type RequestSeries,
  readingsOrWhy,
  sum,
} from "../metrics/reading.ts";
import { type Gate, type GateLimits, type Seen, type Target, type Verdict, verdictOn } from "./gate.ts";
import { shareAllowed } from "./reference.ts";
import { rounded } from "./rounding.ts";
import {
  addTrials,
  logE,
  newTest,
  pValue,
  type RatioInterval,
  ratioInterval,
  rejects,
  type SequentialTest,
  sequentialTestSchema,
} from "./sequential-test.ts";

const GATE = "error-rate";
/** The part of alpha that the hard limit and the guard may spend; the comparison has the rest, so that all together keep alpha. */
const HARD_LIMIT_SHARE = 1 / 500;
/** The hard limit's half of that; the guard's reference and its test have a quarter each. */
const LIMIT_PART = HARD_LIMIT_SHARE / 2;
const GUARD_PART = HARD_LIMIT_SHARE / 4;
/** Less than this part of the requests, and the stable release has no traffic to be compared with any more. */
const NO_TRAFFIC = 1 / 100;

/**
 * Milliseconds after which counts that are missing won't come any more: a Gateway drops the series of a route that has changed (Traefik, measured), and
 * with them what it counted last. What came since the last look is then left out.
 */
const LOST_AFTER = 10_000;

const count = z.strictObject({ requests: z.number().nonnegative(), errors: z.number().nonnegative() });

const memorySchema = z.strictObject({
  release: z.string(),
  stable: z.string().nullable(),
  /** From where the next look goes on; null before the first. */
  baseline: baselineSchema.nullable(),
  /** Since when the counters have held fewer requests than we sent ourselves, in milliseconds since the epoch; null where they don't. */
  fewerSince: z.number().nullable().default(null),
  /** Users' requests and errors between looks in this step. */
  canarySeen: count,
  stableSeen: count,
  /** Our own to the judged release. */
  ownSeen: count,
  /** Trials: all errors; hits: the canary's. */
  ratio: sequentialTestSchema,
  /** Trials: the canary's requests; hits: its errors. */
  limit: sequentialTestSchema,
  /** What the stable release showed in the steps before, beside the judged one. */
  reference: count.default(NO_REQUESTS),
  /** Trials: the judged release's requests since the stable one has none; hits: its errors. */
  guard: sequentialTestSchema.default(newTest),
});

/** What the gate remembers from look to look. */
export type ErrorRateMemory = z.infer<typeof memorySchema>;

/** What one look saw: counters that go on from the last ones, a new baseline, or nothing to judge by. */
export type Look = { kind: "interval" } | Exclude<Followed<RequestSeries>, { kind: "interval" }>;

export function newErrorRateMemory(target: Pick<Target, "release" | "stable">): ErrorRateMemory {
  return {
    release: target.release,
    stable: target.stable,
    baseline: null,
    fewerSince: null,
    canarySeen: NO_REQUESTS,
    stableSeen: NO_REQUESTS,
    ownSeen: NO_REQUESTS,
    ratio: newTest(),
    limit: newTest(),
    reference: NO_REQUESTS,
    guard: newTest(),
  };
}

function recall(memory: Json, target: Target): ErrorRateMemory {
  const known = memorySchema.safeParse(memory);
  if (!known.success || known.data.release !== target.release) return newErrorRateMemory(target);
  if (known.data.stable === target.stable) return known.data;
  // What it was compared with has gone, such as a copy of the stable release: what that showed still counts.
  return { ...newErrorRateMemory(target), reference: sum(known.data.reference, known.data.stableSeen) };
}

type Interval = Extract<Followed<RequestSeries>, { kind: "interval" }>;

/** Users' requests of a release in an interval: all that were counted, less our own (pure). */
function usersOf({ increments, own }: Interval, release: string): RequestCount {
  const counted = increments
    .filter(({ series }) => series.release === release)
    .reduce(
      (so, { series, count }) => sum(so, { requests: count, errors: isError(series.code) ? count : 0 }),
      NO_REQUESTS,
    );
  return difference(counted, own[release] ?? NO_REQUESTS);
}

function makesSense({ requests, errors }: RequestCount): boolean {
  return errors >= 0 && requests >= errors;
}

/** Pure: what the judged release does alone is held against what the stable one showed beside it. */
function guarded(
  { guard, reference }: ErrorRateMemory,
  { canary, stable }: { canary: RequestCount; stable: RequestCount },
  limits: GateLimits,
): SequentialTest {
  if (reference.requests < limits.minimumRequests || stable.requests > NO_TRAFFIC * canary.requests) return guard;
  const share = shareAllowed(reference, limits.hardLimitPercent / 100, limits.alpha * GUARD_PART);
  return addTrials(guard, { share, hits: canary.errors, trials: canary.requests });
}

/** Pure: the memory after one more reading of the counters. */
export function takeIn(
  memory: ErrorRateMemory,
  { readings, own }: Seen,
  limits: GateLimits,
): { memory: ErrorRateMemory; look: Look } {
  const releases = [memory.release, ...(memory.stable === null ? [] : [memory.stable])];
  const family = ({ requests }: Reading) => requests;
  const { baseline, followed } = follow(memory.baseline, readings, { own, releases, family });
  if (followed.kind !== "interval") return { memory: { ...memory, baseline }, look: followed };
  const canary = usersOf(followed, memory.release);
  const stable = memory.stable === null ? NO_REQUESTS : usersOf(followed, memory.stable);
  if (!makesSense(canary) || !makesSense(stable)) {
    const fewerSince = memory.fewerSince ?? followed.to;
    if (followed.to - fewerSince < LOST_AFTER) {
      const why = "the counters hold fewer requests than we have sent ourselves";
      return { memory: { ...memory, fewerSince }, look: { kind: "in doubt", why } };
    }
    const why =
      "some of our own requests were lost with a series that has ended: requests since the last look aren't counted";
    return { memory: { ...memory, baseline, fewerSince: null }, look: { kind: "baseline", why } };
  }
  const errors = canary.errors + stable.errors;
  const share = canary.requests / Math.max(1, canary.requests + stable.requests);
  return {
    memory: {
      ...memory,
      baseline,
      fewerSince: null,
      canarySeen: sum(memory.canarySeen, canary),
      stableSeen: sum(memory.stableSeen, stable),
      ownSeen: sum(memory.ownSeen, followed.own[memory.release] ?? NO_REQUESTS),
      ratio: addTrials(memory.ratio, { share, hits: canary.errors, trials: errors }),
      limit: addTrials(memory.limit, {
        share: limits.hardLimitPercent / 100,
        hits: canary.errors,
        trials: canary.requests,
      }),
      guard: guarded(memory, { canary, stable }, limits),
    },
    look: { kind: "interval" },
  };
}

function inWords(name: string, { requests, errors }: RequestCount): string {
  const percent = requests === 0 ? "" : ` (${((100 * errors) / requests).toFixed(2)} %)`;
  return `${name} ${errors} of ${requests} users' requests failed${percent}`;
}

function guardFigures({ reference, guard }: ErrorRateMemory, limits: GateLimits) {
  const allowed = shareAllowed(reference, limits.hardLimitPercent / 100, limits.alpha * GUARD_PART);
  return { reference, requests: guard.trials, errors: guard.hits, allowedPercent: rounded(100 * allowed) };
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
  const { canarySeen, stableSeen, ownSeen, ratio, limit, reference, guard } = memory;
  const ratioAlpha = limits.alpha * (1 - HARD_LIMIT_SHARE);
  const enough = canarySeen.requests >= limits.minimumRequests;
  const counts = [`${inWords(memory.release, canarySeen)}; ${ownSeen.requests} of our own`];
  if (memory.stable !== null) counts.push(inWords(memory.stable, stableSeen));
  const evidence = {
    canary: canarySeen,
    stable: memory.stable === null ? null : stableSeen,
    own: ownSeen,
    ratio: jsonRatio(ratioInterval(ratio, limits.alpha)),
    e: rounded(Math.exp(Math.min(logE(ratio), 300))),
    p: rounded(pValue(ratio)),
    threshold: rounded(1 / ratioAlpha),
    limit: { percent: limits.hardLimitPercent, p: rounded(pValue(limit)) },
    guard: guard.trials === 0 ? null : { ...guardFigures(memory, limits), p: rounded(pValue(guard)) },
    minimumRequests: limits.minimumRequests,
    look: look.kind,
  };
  const verdict = verdictOn(GATE, counts, evidence);
  if (rejects(ratio, ratioAlpha)) return verdict("fail", `fails more often than ${memory.stable}, p = ${evidence.p}`);
  if (enough && rejects(limit, limits.alpha * LIMIT_PART)) {
    return verdict("fail", `above the limit of ${limits.hardLimitPercent} % failing requests`);
  }
  if (rejects(guard, limits.alpha * GUARD_PART)) {
    const shown = `${reference.errors} of ${reference.requests}`;
    return verdict("fail", `fails more often than ${memory.stable} did during the canary (${shown})`);
  }
  if (look.kind !== "interval") return verdict("hold", look.why);
  if (enough) return verdict("pass", "no worse", { judgedBy: "users" });
  const few =
    canarySeen.requests === 0
      ? "no user has sent a request yet"
      : `fewer than ${limits.minimumRequests} users' requests yet`;
  if (limits.withoutUsers !== "probes") return verdict("hold", few, { lacks: "users" });
  const all = sum(canarySeen, ownSeen);
  if (all.requests < limits.minimumRequests) return verdict("hold", `${few}, and too few of our own`);
  if (all.errors * 100 > all.requests * limits.hardLimitPercent) {
    return verdict("hold", `${few}, and ${all.errors} of ${all.requests} failed with our own among them`);
  }
  return verdict("pass", `${few}: judged by our own requests, of which ${ownSeen.errors} failed`, {
    judgedBy: "probes",
  });
}

/** The memory as the next step begins with it: the evidence goes on, the step's counts begin anew (pure). */
export function keptErrorRateMemory(memory: ErrorRateMemory): ErrorRateMemory {
  const reference = sum(memory.reference, memory.stableSeen);
  return { ...memory, reference, canarySeen: NO_REQUESTS, stableSeen: NO_REQUESTS, ownSeen: NO_REQUESTS };
}

export const errorRate: Gate = {
  name: GATE,
  reads: "counters",
  async observe({ target, counters, own, limits, memory }) {
    const known = recall(memory, target);
    const readings = await readingsOrWhy(counters);
    const { memory: next, look } =
      typeof readings === "string"
        ? { memory: known, look: { kind: "no data", why: readings } satisfies Look }
        : takeIn(known, { readings, own }, limits);
    return { verdict: judgeErrorRate(next, look, limits), memory: next };
  },
  forNextStep(memory) {
    const known = memorySchema.safeParse(memory);
    return known.success ? keptErrorRateMemory(known.data) : null;
  },
};
