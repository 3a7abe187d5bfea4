import { z } from "zod";
import type { Durations, Latencies, LatencyLimits } from "./gate.ts";
import { addTrials, newTest, sequentialTestSchema } from "./sequential-test.ts";
import { addShares, logMeanE, newSharesTest, sharesTestSchema } from "./shares-test.ts";

/** Bounds that are compared at most: each takes its part of the stakes, and neighbours tell much the same. */
const MOST_BOUNDS = 16;

export const durationsSchema = z
  .strictObject({
    requests: z.number().nonnegative(),
    bounds: z.array(z.number().positive()),
    slower: z.array(z.number().nonnegative()),
  })
  .refine(({ bounds, slower }) => bounds.length === slower.length, "every bound needs a count");

/** Whether more of the canary's requests than of the stable release's take longer than a bound, in milliseconds. */
const boundTest = sharesTestSchema.extend({ above: z.number() });

export const latencyMemorySchema = z.strictObject({
  release: z.string(),
  stable: z.string().nullable(),
  /** When requests of the release were first seen: its warm-up begins here. */
  since: z.number().nullable(),
  /** The counters when evidence was last taken in. */
  last: z.strictObject({ at: z.number(), canary: durationsSchema, stable: durationsSchema }).nullable(),
  /** Requests of this step after the warm-up. */
  canarySeen: durationsSchema,
  stableSeen: durationsSchema,
  tests: z.array(boundTest),
  /** The greatest mean of the tests' e-values so far, as a logarithm. */
  maxLogE: z.number(),
  /** By quantile: trials are the canary's requests, hits those above the limit. */
  limits: z.record(z.string(), sequentialTestSchema),
});

/** What the gate remembers from look to look. */
export type LatencyMemory = z.infer<typeof latencyMemorySchema>;

export type LatencyLook =
  | { kind: "interval" }
  | { kind: "warming up"; why: string }
  | { kind: "baseline"; why: string }
  | { kind: "no data"; why: string };

const NONE: LatencyMemory["canarySeen"] = { requests: 0, bounds: [], slower: [] };

export function newLatencyMemory(target: { release: string; stable: string | null }): LatencyMemory {
  return {
    release: target.release,
    stable: target.stable,
    since: null,
    last: null,
    canarySeen: NONE,
    stableSeen: NONE,
    tests: [],
    maxLogE: 0,
    limits: {},
  };
}

/** The memory as the next step begins with it: the evidence goes on, the step's counts begin anew, and no interval spans a move of weight. */
export function carriedLatencyMemory(memory: LatencyMemory): LatencyMemory {
  return { ...memory, last: null, canarySeen: NONE, stableSeen: NONE };
}

/** A release that the counters don't know yet has served nothing: zeros for the bounds of the other one. */
function orNothing(known: Durations | undefined, like: Durations | undefined): LatencyMemory["canarySeen"] {
  const { requests, bounds, slower } = known ?? {
    requests: 0,
    bounds: like?.bounds ?? [],
    slower: like?.bounds.map(() => 0) ?? [],
  };
  return { requests, bounds: [...bounds], slower: [...slower] };
}

function sameBounds(one: Durations, other: Durations): boolean {
  return one.bounds.length === other.bounds.length && one.bounds.every((bound, at) => bound === other.bounds[at]);
}

/** What came in between two readings; null where a counter went backwards, the bounds changed, or the buckets contradict each other. */
function between(next: Durations, last: Durations): LatencyMemory["canarySeen"] | null {
  if (!sameBounds(next, last)) return null;
  const requests = next.requests - last.requests;
  let most = requests;
  const slower: number[] = [];
  for (const [at, count] of next.slower.entries()) {
    const more = count - (last.slower[at] ?? 0);
    if (more < 0 || more > most) return null;
    slower.push(more);
    most = more;
  }
  return requests < 0 ? null : { requests, bounds: [...next.bounds], slower };
}

function plus(seen: LatencyMemory["canarySeen"], more: LatencyMemory["canarySeen"]): LatencyMemory["canarySeen"] {
  if (seen.requests === 0) return more;
  const slower = seen.slower.map((count, at) => count + (more.slower[at] ?? 0));
  return { requests: seen.requests + more.requests, bounds: seen.bounds, slower };
}

/** How many of the requests took longer than a bound of the histogram. */
export function slowerThan({ bounds, slower }: Durations, bound: number): number {
  return slower[bounds.indexOf(bound)] ?? 0;
}

/** The bounds that are compared: those that a user feels, thinned out evenly where there are many. */
export function comparedBounds({ bounds }: Pick<Durations, "bounds">, { from }: Pick<LatencyLimits, "from">): number[] {
  const felt = bounds.filter((bound) => bound >= from);
  if (felt.length <= MOST_BOUNDS) return felt;
  const every = (felt.length - 1) / (MOST_BOUNDS - 1);
  return Array.from({ length: MOST_BOUNDS }, (_, index) => felt[Math.round(index * every)] ?? 0);
}

/** The bound at which a limit can be judged: the first at or above it, since what is slower than that is slower than the limit too. */
export function boundOfLimit({ bounds }: Pick<Durations, "bounds">, milliseconds: number): number | null {
  return bounds.find((bound) => bound >= milliseconds) ?? null;
}

function compare(memory: LatencyMemory, canary: Durations, stable: Durations, limits: LatencyLimits) {
  const fresh = () => comparedBounds(canary, limits).map((above) => ({ above, ...newSharesTest() }));
  const tests = memory.tests.length > 0 ? memory.tests : fresh();
  const share = (of: Durations, above: number) => ({ requests: of.requests, hits: slowerThan(of, above) });
  return tests.map(({ above, logE }) => ({
    above,
    ...addShares({ logE }, share(canary, above), share(stable, above)),
  }));
}

function holdAgainst(memory: LatencyMemory, canary: Durations, limits: LatencyLimits): LatencyMemory["limits"] {
  const tests: LatencyMemory["limits"] = {};
  for (const { quantile, milliseconds } of limits.quantiles) {
    const name = String(quantile);
    const bound = boundOfLimit(canary, milliseconds);
    const known = memory.limits[name] ?? newTest();
    const hits = bound === null ? 0 : slowerThan(canary, bound);
    tests[name] = bound === null ? known : addTrials(known, { share: 1 - quantile, hits, trials: canary.requests });
  }
  return tests;
}

/**
 * Pure: the memory after one more reading of the histograms. What comes before the warm-up's end is left out, and evidence is
 * taken in once an interval is as long as `limits.block`, so that a moment's stall is one event.
 */
export function takeInLatencies(
  memory: LatencyMemory,
  { at, releases }: Latencies,
  limits: LatencyLimits,
): { memory: LatencyMemory; look: LatencyLook } {
  const canaryNow = releases[memory.release];
  const stableNow = memory.stable === null ? undefined : releases[memory.stable];
  if (canaryNow === undefined && stableNow === undefined) {
    return { memory, look: { kind: "no data", why: `the histograms know no request of ${memory.release}` } };
  }
  const reading = { at, canary: orNothing(canaryNow, stableNow), stable: orNothing(stableNow, canaryNow) };
  if (memory.last === null) {
    const why = "the first reading of the histograms";
    return { memory: { ...memory, last: reading }, look: { kind: "baseline", why } };
  }
  const canary = between(reading.canary, memory.last.canary);
  const stable = between(reading.stable, memory.last.stable);
  if (canary === null || stable === null) {
    return { memory: { ...memory, last: reading }, look: { kind: "baseline", why: "the histograms began anew" } };
  }
  const since = memory.since ?? (canary.requests > 0 ? memory.last.at : null);
  if (since === null || memory.last.at < since + limits.warmUp) {
    const why = since === null ? `no request of ${memory.release} yet` : "the release is warming up";
    return { memory: { ...memory, since, last: reading }, look: { kind: "warming up", why } };
  }
  if (at < memory.last.at + limits.block) return { memory: { ...memory, since }, look: { kind: "interval" } };
  const tests = compare(memory, canary, stable, limits);
  const next: LatencyMemory = {
    ...memory,
    since,
    last: reading,
    canarySeen: plus(memory.canarySeen, canary),
    stableSeen: plus(memory.stableSeen, stable),
    tests,
    maxLogE: Math.max(memory.maxLogE, logMeanE(tests)),
    limits: holdAgainst(memory, canary, limits),
  };
  return { memory: next, look: { kind: "interval" } };
}

/** The quantile of what was seen, in milliseconds, drawn straight within its bucket; null where it is above every bound or nothing was seen. */
export function quantileOf({ requests, bounds, slower }: Durations, quantile: number): number | null {
  const rank = (1 - quantile) * requests;
  if (requests === 0) return null;
  let [low, above] = [0, requests];
  for (const [at, high] of bounds.entries()) {
    const count = slower[at] ?? 0;
    if (count <= rank) return above === count ? high : low + ((high - low) * (above - rank)) / (above - count);
    [low, above] = [high, count];
  }
  return null;
}
