import { z } from "zod";
import { logMeanExp, TEST_RATIOS } from "./sequential-test.ts";

const LOG_RATIOS = TEST_RATIOS.map(Math.log);

/**
 * The most that one interval may say for each ratio, as a logarithm. A pod that stalls for a second makes many requests slow
 * at once, which are one event and not many: with this limit no single interval decides alone.
 */
const MOST_PER_INTERVAL = Math.log(30);
/** Terms below this share of the largest one don't change a sum of doubles. */
const NEGLIGIBLE = 1e-17;

export const sharesTestSchema = z.strictObject({
  /** Per ratio r of TEST_RATIOS: the logarithm of its likelihood ratio over all intervals. */
  logE: z.array(z.number()).length(TEST_RATIOS.length),
});

/** What the comparison of two shares has seen so far, per betted ratio of odds. */
export type SharesTest = z.infer<typeof sharesTestSchema>;

/** Requests of one interval, and how many of them have what is asked for. */
export interface Share {
  requests: number;
  hits: number;
}

export function newSharesTest(): SharesTest {
  return { logE: TEST_RATIOS.map(() => 0) };
}

const FACTORIALS = [0];
const TABLED = 2_048;

/** log(n!): summed up to 2,047, Stirling's series above (its error is below 1e-15 there). */
function logFactorial(n: number): number {
  if (n >= TABLED) return n * Math.log(n) - n + Math.log(2 * Math.PI * n) / 2 + 1 / (12 * n) - 1 / (360 * n ** 3);
  for (let next = FACTORIALS.length; next <= n; next += 1) {
    FACTORIALS.push((FACTORIALS[next - 1] ?? 0) + Math.log(next));
  }
  return FACTORIALS[n] ?? 0;
}

function logChoose(n: number, k: number): number {
  return logFactorial(n) - logFactorial(k) - logFactorial(n - k);
}

/** A draw without replacement: `drawn` of `drawn + left` requests, of which `hits` have what is asked for. */
interface Draw {
  drawn: number;
  left: number;
  hits: number;
}

/** How much likelier one hit more among those drawn is, at a ratio of odds. */
function step({ drawn, left, hits }: Draw, at: number, ratio: number): number {
  return (ratio * (hits - at) * (drawn - at)) / ((at + 1) * (left - hits + at + 1));
}

/** The likeliest number of hits among those drawn at a ratio of odds: where `step` falls below 1. */
function modeOf(draw: Draw, ratio: number): number {
  let low = Math.max(0, draw.hits - draw.left);
  let high = Math.min(draw.hits, draw.drawn);
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (step(draw, middle, ratio) > 1) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The logarithm of the mean of ratio^hits over the draws without replacement, summed outwards from its largest term. */
function logMean(draw: Draw, ratio: number, logRatio: number): number {
  const { drawn, left, hits } = draw;
  const mode = modeOf(draw, ratio);
  const most = Math.min(hits, drawn);
  const least = Math.max(0, hits - left);
  let sum = 1;
  for (let at = mode, term = 1; at < most && term > NEGLIGIBLE * sum; at += 1) {
    term *= step(draw, at, ratio);
    sum += term;
  }
  for (let at = mode, term = 1; at > least && term > NEGLIGIBLE * sum; at -= 1) {
    term /= step(draw, at - 1, ratio);
    sum += term;
  }
  const largest = logChoose(drawn, mode) + logChoose(left, hits - mode) - logChoose(drawn + left, hits);
  return largest + mode * logRatio + Math.log(sum);
}

/**
 * Adds one interval's requests of the canary and of the stable release. Where the canary is no worse, its hits among all
 * hits of the interval are a draw without replacement (hypergeometric), whatever the share of hits is: so this holds for events that are not
 * rare too, where the error rate's binomial bet is only too careful (Hoeffding 1963: r^hits has its greater mean with replacement).
 * The ratio of likelihoods at odds ratio r is r^hits over its mean without replacement: its mean is 1 where both releases have the same
 * share, below 1 where the canary's is smaller, and 1 whatever the share was in the intervals before (Fisher's noncentral distribution).
 */
export function addShares(test: SharesTest, canary: Share, stable: Share): SharesTest {
  const hits = canary.hits + stable.hits;
  const requests = canary.requests + stable.requests;
  if (canary.requests === 0 || stable.requests === 0 || hits === 0 || hits === requests) return test;
  const draw = { drawn: canary.requests, left: stable.requests, hits };
  return {
    logE: test.logE.map((known, index) => {
      const logRatio = LOG_RATIOS[index] ?? 0;
      const said = canary.hits * logRatio - logMean(draw, TEST_RATIOS[index] ?? 1, logRatio);
      return known + Math.min(said, MOST_PER_INTERVAL);
    }),
  };
}

/**
 * Adds one interval's requests of a release that is held against a share: each of them has what is asked for with a probability of at most
 * `share`. The ratio of likelihoods at odds ratio r is r^hits / (1 + share (r - 1))^requests. A share of 0 or 1 tells nothing.
 */
export function addAgainst(test: SharesTest, { share, requests, hits }: Share & { share: number }): SharesTest {
  if (requests === 0 || share <= 0 || share >= 1) return test;
  return {
    logE: test.logE.map((known, index) => {
      const said = hits * (LOG_RATIOS[index] ?? 0) - requests * Math.log1p(share * ((TEST_RATIOS[index] ?? 1) - 1));
      return known + Math.min(said, MOST_PER_INTERVAL);
    }),
  };
}

/** The logarithm of the mean of several tests' e-values, each with equal stakes on all ratios: the mean of e-values is an e-value. */
export function logMeanE(tests: readonly SharesTest[]): number {
  const all = tests.flatMap(({ logE }) => logE);
  return all.length === 0 ? 0 : logMeanExp(all);
}
