import type { Json } from "../domain/json.ts";
import { readingsOrWhy } from "../metrics/reading.ts";
import { type Durations, quantileOf, slowerThan } from "./durations.ts";
import { type Gate, type GateLimits, type LatencyLimits, type Target, type Verdict, verdictOn } from "./gate.ts";
import {
  boundOfLimit,
  comparedAnew,
  keptLatencyMemory,
  type LatencyLook,
  type LatencyMemory,
  latencyMemorySchema,
  newLatencyMemory,
  partsOf,
  takeInLatencies,
} from "./latency-evidence.ts";
import { isSlower } from "./latency-guard.ts";
import { rounded } from "./rounding.ts";
import { pValue, rejects } from "./sequential-test.ts";
import { logMeanE } from "./shares-test.ts";

const GATE = "latency";

function recall(memory: Json, target: Target): LatencyMemory {
  const known = latencyMemorySchema.safeParse(memory);
  if (!known.success || known.data.release !== target.release) return newLatencyMemory(target);
  return known.data.stable === target.stable ? known.data : comparedAnew(known.data, target);
}

function inMilliseconds(value: number | null): string {
  return value === null ? "above every bucket" : `${Math.round(value)} ms`;
}

function inWords(name: string, seen: Durations): string {
  if (seen.requests === 0) return `${name} no request`;
  const [median, tail] = [quantileOf(seen, 0.5), quantileOf(seen, 0.99)];
  return `${name} ${seen.requests} requests, median ${inMilliseconds(median)}, p99 ${inMilliseconds(tail)}`;
}

function figures(seen: Durations): Json {
  const value = (quantile: number) => {
    const found = quantileOf(seen, quantile);
    return found === null ? null : rounded(found);
  };
  return { requests: seen.requests, p50: value(0.5), p95: value(0.95), p99: value(0.99) };
}

/** The bound at which the release differs most, for people: the one whose test has the most evidence. */
function mostTelling({ tests }: Pick<LatencyMemory, "tests">): number | null {
  const ordered = tests.map((test) => ({ above: test.above, logE: logMeanE([test]) }));
  return ordered.sort((one, other) => other.logE - one.logE)[0]?.above ?? null;
}

function percentAbove(seen: Durations, bound: number): string {
  return `${((100 * slowerThan(seen, bound)) / Math.max(1, seen.requests)).toFixed(1)} %`;
}

/** Pure: what the guard has seen, at the bound that tells most. */
function guardFigures({ guard, reference }: LatencyMemory) {
  const above = mostTelling(guard) ?? 0;
  return {
    requests: guard.seen.requests,
    above,
    reference: percentAbove(reference, above),
    slower: percentAbove(guard.seen, above),
    e: rounded(Math.exp(Math.min(guard.maxLogE, 300))),
  };
}

/** Pure: the limits whose quantile is above them, with confidence, and those that no bucket can tell. */
function judgeLimits(memory: LatencyMemory, limits: LatencyLimits) {
  const alpha = partsOf(limits.alpha).limits / Math.max(1, limits.quantiles.length);
  const broken: string[] = [];
  const untold: string[] = [];
  for (const { quantile, milliseconds } of limits.quantiles) {
    const name = `p${rounded(100 * quantile)}`;
    const test = memory.limits[String(quantile)];
    if (memory.canarySeen.requests > 0 && boundOfLimit(memory.canarySeen, milliseconds) === null) untold.push(name);
    if (test !== undefined && rejects(test, alpha)) broken.push(`${name} is above the limit of ${milliseconds} ms`);
  }
  return { broken, untold };
}

/** Pure: what the memory says of the release. */
export function judgeLatency(
  memory: LatencyMemory,
  look: LatencyLook,
  { latency, minimumRequests, withoutUsers }: GateLimits,
): Verdict {
  if (latency === null) {
    const summary = "not judged: the setting metrics names no histogram of durations";
    return { gate: GATE, answer: "pass", summary, evidence: {} };
  }
  const { canarySeen, stableSeen, maxLogE } = memory;
  const { comparison: alpha, guard: guardAlpha } = partsOf(latency.alpha);
  const enough = canarySeen.requests >= minimumRequests;
  const bound = mostTelling(memory);
  const counts = [inWords(memory.release, canarySeen)];
  if (memory.stable !== null) counts.push(inWords(memory.stable, stableSeen));
  const { broken, untold } = judgeLimits(memory, latency);
  const evidence = {
    canary: figures(canarySeen),
    stable: memory.stable === null ? null : figures(stableSeen),
    e: rounded(Math.exp(Math.min(logMeanE(memory.tests), 300))),
    p: rounded(Math.exp(-maxLogE)),
    threshold: rounded(1 / alpha),
    slower:
      bound === null
        ? null
        : { above: bound, canary: percentAbove(canarySeen, bound), stable: percentAbove(stableSeen, bound) },
    limits: latency.quantiles.map(({ quantile, milliseconds }) => {
      const test = memory.limits[String(quantile)];
      return { quantile, milliseconds, p: test === undefined ? 1 : rounded(pValue(test)) };
    }),
    guard: memory.guard.seen.requests === 0 ? null : guardFigures(memory),
    minimumRequests,
    look: look.kind,
  };
  const verdict = verdictOn(GATE, counts, evidence);
  const warming = memory.since !== null && !memory.warmed;
  if (warming && (maxLogE >= Math.log(latency.heldFrom) || broken.length > 0)) {
    return verdict("hold", "the release is warming up");
  }
  if (maxLogE >= -Math.log(alpha) && bound !== null) {
    const shares = `${percentAbove(canarySeen, bound)} of its requests took more than ${bound} ms, ${percentAbove(stableSeen, bound)} of the other's`;
    return verdict("fail", `slower than ${memory.stable}: ${shares}, p = ${evidence.p}`);
  }
  if (enough && broken.length > 0) return verdict("fail", broken.join(", "));
  if (isSlower(memory.guard, guardAlpha)) {
    const { above, reference, slower } = guardFigures(memory);
    const shares = `${slower} of its requests took more than ${above} ms, ${reference} of the other's then`;
    return verdict("fail", `slower than ${memory.stable} was during the canary: ${shares}`);
  }
  if (look.kind !== "interval" && look.kind !== "warming up") return verdict("hold", look.why);
  const few =
    memory.since === null ? "no user has sent a request yet" : `fewer than ${minimumRequests} users' requests yet`;
  if (!enough && withoutUsers === "probes") return verdict("pass", `${few}: latency isn't judged`);
  if (!enough) return verdict("hold", few, { lacks: "users" });
  if (untold.length > 0)
    return verdict(
      "hold",
      `no bucket reaches the limit of ${untold.join(", ")}: raise the histogram's bounds, or lower the limit`,
    );
  return verdict("pass", "no slower");
}

/**
 * Whether the release answers more slowly than the stable one. Each bound of the histogram is a yes or no ("took longer than 250 ms"),
 * each has its own sequential test, and the mean of their e-values decides: a shift of the median moves the low bounds, one of the tail the
 * high ones. It may be looked at any time (Ville's inequality; Howard et al., arXiv:1810.08240; Lindon et al., arXiv:2205.14762).
 */
export const latency: Gate = {
  name: GATE,
  reads: "counters",
  async observe({ target, counters, own, limits, memory }) {
    const known = recall(memory, target);
    if (limits.latency === null) {
      return { verdict: judgeLatency(known, { kind: "no data", why: "" }, limits), memory: null };
    }
    const readings = await readingsOrWhy(counters);
    const { memory: next, look } =
      typeof readings === "string"
        ? { memory: known, look: { kind: "no data", why: readings } satisfies LatencyLook }
        : takeInLatencies(known, { readings, own }, limits.latency);
    return { verdict: judgeLatency(next, look, limits), memory: next };
  },
  forNextStep(memory) {
    const known = latencyMemorySchema.safeParse(memory);
    return known.success ? keptLatencyMemory(known.data) : null;
  },
};
