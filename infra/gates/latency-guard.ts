import { z } from "zod";
import type { Durations } from "./gate.ts";
import { highestShare } from "./reference.ts";
import { addAgainst, logMeanE, newSharesTest, sharesTestSchema } from "./shares-test.ts";

/** Less than this part of the requests, and the stable release has no traffic to be compared with any more. */
const NO_TRAFFIC = 1 / 100;
/**
 * How many times the odds of a slow request may grow before the release is blamed: hours of a day differ, and a release that has all traffic is
 * busier than one that had a part of it.
 */
const DRIFT = 2;

export const guardSchema = z.strictObject({
  /** Per bound in milliseconds: whether more of the release's requests take longer than is allowed. */
  tests: z.array(sharesTestSchema.extend({ above: z.number() })),
  /** The greatest mean of the tests' e-values so far, as a logarithm. */
  maxLogE: z.number(),
  /** What was held against the reference. */
  requests: z.number().nonnegative(),
});

/** What the release does alone, held against what the one before showed during the canary. */
export type LatencyGuard = z.infer<typeof guardSchema>;

export const NO_GUARD: LatencyGuard = { tests: [], maxLogE: 0, requests: 0 };

/**
 * The share of requests that may take longer than a bound (pure): the highest that goes with what was seen, with DRIFT times its odds.
 * @param delta the chance that the release before showed less than its true share
 */
export function slowerAllowed(reference: Durations, bound: number, delta: number): number {
  const hits = reference.slower[reference.bounds.indexOf(bound)] ?? 0;
  const share = highestShare({ requests: reference.requests, errors: hits }, delta);
  return (DRIFT * share) / (1 + (DRIFT - 1) * share);
}

/** What an interval has for the guard. */
export interface Guarded {
  judged: Durations;
  stable: Durations;
  /** What the stable release showed beside the judged one. */
  reference: Durations;
  bounds: readonly number[];
  /** The chance that a reference is too low, all bounds together. */
  delta: number;
}

/**
 * The guard after one more interval (pure): while the stable release has traffic, or where nothing is known of it, there is nothing to guard.
 * No interval decides alone, as in the comparison.
 */
export function addGuarded(guard: LatencyGuard, { judged, stable, reference, bounds, delta }: Guarded): LatencyGuard {
  const alone = judged.requests > 0 && stable.requests <= NO_TRAFFIC * judged.requests;
  if (!alone || reference.requests === 0 || bounds.length === 0) return guard;
  const known = guard.tests.length > 0 ? guard.tests : bounds.map((above) => ({ above, ...newSharesTest() }));
  const tests = known.map(({ above, logE }) => {
    const share = slowerAllowed(reference, above, delta / bounds.length);
    const hits = judged.slower[judged.bounds.indexOf(above)] ?? 0;
    return { above, ...addAgainst({ logE }, { share, requests: judged.requests, hits }) };
  });
  return {
    tests,
    maxLogE: Math.max(guard.maxLogE, logMeanE(tests)),
    requests: guard.requests + judged.requests,
  };
}
