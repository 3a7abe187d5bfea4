import { z } from "zod";
import { baselineSchema, type Followed, follow } from "../metrics/follow.ts";
import type { BucketSeries, Reading } from "../metrics/reading.ts";
import {
  type Durations,
  durationsSchema,
  type KeptDurations,
  NO_DURATIONS,
  plusDurations,
  slowerThan,
} from "./durations.ts";
import type { LatencyLimits, Seen } from "./gate.ts";
import { addGuarded, guardSchema, NO_GUARD } from "./latency-guard.ts";
import { addTrials, newTest, sequentialTestSchema } from "./sequential-test.ts";
import { addShares, logMeanE, newSharesTest, sharesTestSchema } from "./shares-test.ts";

/** Bounds that are compared at most: each takes its part of the stakes, and neighbours tell much the same. */
const MOST_BOUNDS = 16;
const MILLISECONDS = 1_000;

/** The parts of alpha that each of these may spend together; the comparison has the rest. */
const LIMITS_SHARE = 1 / 100;
const GUARD_SHARE = 1 / 100;

/** How alpha is parted (pure): the comparison, the limits of `gates.latency`, and the guard's reference and test. */
export function partsOf(alpha: number) {
  const guard = (alpha * GUARD_SHARE) / 2;
  return {
    comparison: alpha * (1 - LIMITS_SHARE - GUARD_SHARE),
    limits: alpha * LIMITS_SHARE,
    reference: guard,
    guard,
  };
}

/** Whether more of the canary's requests than of the stable release's take longer than a bound, in milliseconds. */
const boundTest = sharesTestSchema.extend({ above: z.number() });

export const latencyMemorySchema = z.strictObject({
  release: z.string(),
  stable: z.string().nullable(),
  /** When users' requests of the release were first seen: its warm-up begins here. */
  since: z.number().nullable(),
  /** Whether the warm-up is over, and with it what was seen in it. */
  warmed: z.boolean().default(true),
  /** From where the next look goes on; null before the first. */
  baseline: baselineSchema.nullable(),
  /** Whether weight has moved since the baseline: what came meanwhile is counted, and not compared. */
  moved: z.boolean(),
  /** What has come in since evidence was last taken in. */
  pending: z.strictObject({ from: z.number(), canary: durationsSchema, stable: durationsSchema }).nullable(),
  /** Users' requests of this step: those of the warm-up until it is over, then those that came after it. */
  canarySeen: durationsSchema,
  stableSeen: durationsSchema,
  tests: z.array(boundTest),
  /** The greatest mean of the tests' e-values so far, as a logarithm. */
  maxLogE: z.number(),
  /** By quantile: trials are the canary's requests, hits those above the limit. */
  limits: z.record(z.string(), sequentialTestSchema),
  /** What the stable release showed in the steps before, beside the judged one. */
  reference: durationsSchema.default(() => NO_DURATIONS),
  guard: guardSchema.default(NO_GUARD),
});

/** What the gate remembers from look to look. */
export type LatencyMemory = z.infer<typeof latencyMemorySchema>;

export type LatencyLook =
  | { kind: "interval" }
  | { kind: "warming up" }
  | Exclude<Followed<BucketSeries>, { kind: "interval" }>;

export function newLatencyMemory(target: { release: string; stable: string | null }): LatencyMemory {
  return {
    release: target.release,
    stable: target.stable,
    since: null,
    warmed: false,
    baseline: null,
    moved: false,
    pending: null,
    canarySeen: NO_DURATIONS,
    stableSeen: NO_DURATIONS,
    tests: [],
    maxLogE: 0,
    limits: {},
    reference: NO_DURATIONS,
    guard: NO_GUARD,
  };
}

/** All that the stable release has shown beside the judged one (pure); a histogram that has other bounds now begins it anew. */
function shownBy({ reference, stableSeen }: LatencyMemory): Counted {
  if (stableSeen.requests === 0) return reference;
  return reference.bounds.join() === stableSeen.bounds.join() ? plusDurations(reference, stableSeen) : stableSeen;
}

/** The memory where the judged release is compared with another one from now on, such as when a copy of the stable one has gone (pure). */
export function comparedAnew(memory: LatencyMemory, target: { release: string; stable: string | null }): LatencyMemory {
  const { since, warmed, guard } = memory;
  return { ...newLatencyMemory(target), since, warmed, guard, reference: shownBy(memory) };
}

/** The memory as the next step begins with it: the evidence goes on, the step's counts begin anew, and no interval that is compared spans a move of weight. */
export function keptLatencyMemory(memory: LatencyMemory): LatencyMemory {
  const reference = shownBy(memory);
  return { ...memory, moved: true, pending: null, canarySeen: NO_DURATIONS, stableSeen: NO_DURATIONS, reference };
}

type Interval = Extract<Followed<BucketSeries>, { kind: "interval" }>;
type Counted = KeptDurations;

/**
 * Buckets of one process, release and bound as one counter, whatever other labels they have; where the process isn't known, each stays on
 * its own, since a series that ends can't then be told from one that begins anew.
 */
function bucketsOf({ buckets }: Reading): BucketSeries[] {
  const merged = new Map<string, BucketSeries>();
  for (const bucket of buckets) {
    const { target, release, le } = bucket;
    const key = target === null ? bucket.key : JSON.stringify([target, release, le]);
    const known = merged.get(key);
    merged.set(key, { ...bucket, key, value: bucket.value + (known?.value ?? 0) });
  }
  return [...merged.values()];
}

/**
 * How long users' requests of a release took in an interval: all that were counted, less our own. How long our own took is known from
 * the client's side, where they take longer: so of the judged release too few are called slow rather than too many, and of the one that it is
 * compared with none of ours is called quick. Null where the buckets contradict each other.
 */
function usersOf(
  { increments, ownTook }: Interval,
  release: string,
  bounds: readonly number[],
  role: "judged" | "other",
) {
  const own = ownTook[release];
  const upTo = new Map<number, number>();
  for (const { series, count } of increments) {
    if (series.release === release) upTo.set(series.le, (upTo.get(series.le) ?? 0) + count);
  }
  const all = upTo.get(Number.POSITIVE_INFINITY) ?? 0;
  const requests = all - (own?.requests ?? 0);
  let most = all;
  const slower: number[] = [];
  for (const bound of bounds) {
    const counted = all - (upTo.get(bound / MILLISECONDS) ?? 0);
    if (counted < 0 || counted > most) return null;
    most = counted;
    const ours = role === "judged" ? (own?.slowerThan(bound) ?? 0) : 0;
    slower.push(Math.min(Math.max(0, counted - ours), Math.max(0, requests)));
  }
  return { requests, bounds: [...bounds], slower };
}

/** The histogram's bounds in an interval, in milliseconds; null where releases have different ones or none has all requests. */
function boundsOf({ increments }: Interval): number[] | null {
  const byRelease = Map.groupBy(increments, ({ series }) => series.release);
  const [first, ...others] = [...byRelease.values()].map((own) =>
    [...new Set(own.map(({ series }) => series.le))].sort((one, other) => one - other),
  );
  if (first === undefined || first.at(-1) !== Number.POSITIVE_INFINITY) return null;
  if (others.some((other) => other.join() !== first.join())) return null;
  return first.slice(0, -1).map((bound) => bound * MILLISECONDS);
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

/** What users' requests of both releases an interval has; a word why where it can't be said. */
function countedIn(memory: LatencyMemory, interval: Interval): { canary: Counted; stable: Counted } | string {
  if (interval.increments.length === 0) return `the histograms have no request of ${memory.release}`;
  const bounds = boundsOf(interval);
  if (bounds === null) return "the histograms of the releases have different buckets, or none for all requests";
  const lost = memory.tests.some(({ above }) => !bounds.includes(above));
  if (lost) return "the histogram has other buckets than before";
  const canary = usersOf(interval, memory.release, bounds, "judged");
  const stable =
    memory.stable === null
      ? { requests: 0, bounds, slower: bounds.map(() => 0) }
      : usersOf(interval, memory.stable, bounds, "other");
  if (canary === null || stable === null) return "the histogram's buckets contradict each other";
  const less = canary.requests < 0 || stable.requests < 0;
  return less ? "the histograms hold fewer requests than we have sent ourselves" : { canary, stable };
}

/** Takes the pending requests in as one interval. */
function takePending(
  memory: LatencyMemory,
  { from, canary, stable }: { from: number; canary: Counted; stable: Counted },
  to: number,
  limits: LatencyLimits,
) {
  const tests = compare(memory, canary, stable, limits);
  return {
    ...memory,
    pending: null,
    canarySeen: plusDurations(memory.canarySeen, canary),
    stableSeen: plusDurations(memory.stableSeen, stable),
    tests,
    maxLogE: Math.max(memory.maxLogE, logMeanE(tests)),
    limits: holdAgainst(memory, canary, limits),
    guard: addGuarded(memory.guard, {
      from,
      to,
      judged: canary,
      stable,
      reference: memory.reference,
      bounds: comparedBounds(memory.reference, limits),
      delta: partsOf(limits.alpha).reference,
    }),
  };
}

/** The memory without what the warm-up has shown. */
function warmedUp(memory: LatencyMemory): LatencyMemory {
  const { release, stable, since, baseline, moved, reference } = memory;
  return { ...newLatencyMemory({ release, stable }), since, warmed: true, baseline, moved, reference };
}

/**
 * Pure: the memory after one more reading of the histograms. What the warm-up has shown is dropped when it is over, and evidence is
 * taken in once an interval is as long as `limits.block`, so that a moment's stall is one event.
 */
export function takeInLatencies(
  memory: LatencyMemory,
  { readings, own }: Seen,
  limits: LatencyLimits,
): { memory: LatencyMemory; look: LatencyLook } {
  const releases = [memory.release, ...(memory.stable === null ? [] : [memory.stable])];
  const { baseline, followed } = follow(memory.baseline, readings, { own, releases, family: bucketsOf });
  if (followed.kind !== "interval") return { memory: { ...memory, baseline }, look: followed };
  const counted = countedIn(memory, followed);
  if (typeof counted === "string") return { memory: { ...memory, baseline }, look: { kind: "no data", why: counted } };
  const { from, to } = followed;
  const since = memory.since ?? (counted.canary.requests > 0 ? from : null);
  const warming = since === null || from < since + limits.warmUp;
  const look: LatencyLook = { kind: warming ? "warming up" : "interval" };
  const known = { ...(warming || memory.warmed ? memory : warmedUp(memory)), since, baseline };
  if (known.moved) {
    const seen = {
      canarySeen: plusDurations(known.canarySeen, counted.canary),
      stableSeen: plusDurations(known.stableSeen, counted.stable),
    };
    return { memory: { ...known, ...seen, moved: false }, look };
  }
  const before = known.pending ?? { from, canary: { ...NO_DURATIONS }, stable: { ...NO_DURATIONS } };
  const pending = {
    from: before.from,
    canary: plusDurations(before.canary, counted.canary),
    stable: plusDurations(before.stable, counted.stable),
  };
  const next = { ...known, pending };
  const whole = to - pending.from >= limits.block;
  return { memory: whole ? takePending(next, pending, to, limits) : next, look };
}
