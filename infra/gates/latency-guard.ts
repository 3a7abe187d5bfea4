import { z } from "zod";
import { type Durations, durationsSchema, NO_DURATIONS, plusDurations, slowerThan } from "./durations.ts";
import { highestShare } from "./reference.ts";
import { addAgainst, logMeanE, newSharesTest, sharesTestSchema } from "./shares-test.ts";

/** Less than this part of the requests, and the stable release has no traffic to be compared with any more. */
const NO_TRAFFIC = 1 / 100;
/**
 * How many times the odds of a slow request may grow before the release is blamed: hours of a day differ, and a release that has all traffic is
 * busier than one that had a part of it.
 */
const DRIFT = 2;
/**
 * Milliseconds that an interval of the guard is at least, on the wall however waits are shortened: with nothing to compare with, what slows
 * everything down for a minute is one event.
 */
const INTERVAL = 60_000;
/** So many intervals a day has: the evidence may begin at any of them, and alpha is parted between them. */
const INTERVALS = (24 * 60 * 60_000) / INTERVAL;

export const guardSchema = z.strictObject({
  /** Per bound in milliseconds: whether more of the release's requests take longer than is allowed, since the interval that says most. */
  tests: z.array(sharesTestSchema.extend({ above: z.number() })),
  /** The greatest mean of the tests' e-values so far, as a logarithm. */
  maxLogE: z.number(),
  /** What was held against the reference. */
  seen: durationsSchema,
  /** What has come since the last interval. */
  pending: z.strictObject({ from: z.number(), judged: durationsSchema }).nullable(),
});

/** What the release does alone, held against what the one before showed during the canary. */
export type LatencyGuard = z.infer<typeof guardSchema>;

export const NO_GUARD: LatencyGuard = { tests: [], maxLogE: 0, seen: NO_DURATIONS, pending: null };

/**
 * The share of requests that may take longer than a bound (pure): the highest that goes with what was seen, with DRIFT times its odds.
 * @param delta the chance that the release before showed less than its true share
 */
export function slowerAllowed(reference: Durations, bound: number, delta: number): number {
  const share = highestShare({ requests: reference.requests, errors: slowerThan(reference, bound) }, delta);
  return (DRIFT * share) / (1 + (DRIFT - 1) * share);
}

/** What an interval has for the guard. */
export interface Guarded {
  from: number;
  to: number;
  judged: Durations;
  stable: Durations;
  /** What the stable release showed beside the judged one. */
  reference: Durations;
  bounds: readonly number[];
  /** The chance that a reference is too low, all bounds together. */
  delta: number;
}

/**
 * The guard after more requests (pure): while the stable release has traffic, or where nothing is known of it, there is nothing to guard.
 * A release may become slow hours later, so each ratio's evidence goes on from where it is greatest and never falls below that of nothing
 * (Page's CUSUM; Shin, Ramdas and Rinaldo, arXiv:2203.03532).
 */
export function addGuarded(guard: LatencyGuard, more: Guarded): LatencyGuard {
  const { from, to, judged, stable, reference, bounds, delta } = more;
  const alone = judged.requests > 0 && stable.requests <= NO_TRAFFIC * judged.requests;
  if (!alone || reference.requests === 0 || bounds.length === 0) return guard;
  const pending = {
    from: guard.pending?.from ?? from,
    judged: plusDurations(guard.pending?.judged ?? NO_DURATIONS, judged),
  };
  if (to - pending.from < INTERVAL) return { ...guard, pending };
  const known = guard.tests.length > 0 ? guard.tests : bounds.map((above) => ({ above, ...newSharesTest() }));
  const tests = known.map(({ above, logE }) => {
    const share = slowerAllowed(reference, above, delta / bounds.length);
    const { requests } = pending.judged;
    const next = addAgainst({ logE }, { share, requests, hits: slowerThan(pending.judged, above) });
    return { above, logE: next.logE.map((said) => Math.max(0, said)) };
  });
  return {
    tests,
    maxLogE: Math.max(guard.maxLogE, logMeanE(tests)),
    seen: plusDurations(guard.seen, pending.judged),
    pending: null,
  };
}

/** Whether the release is slower than is allowed, at level `alpha` over a day of looks (pure; Doob's inequality over all beginnings). */
export function isSlower({ maxLogE }: LatencyGuard, alpha: number): boolean {
  return maxLogE >= Math.log(INTERVALS / alpha);
}
