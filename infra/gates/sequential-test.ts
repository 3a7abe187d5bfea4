import { z } from "zod";

/** `count` ratios from `low` to `high`, evenly spaced in logarithms, both ends included. */
function logSpaced(low: number, high: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => low * (high / low) ** (index / (count - 1)));
}

/** The ratios of odds that the test bets on, with equal stakes. */
export const TEST_RATIOS = logSpaced(1.5, 20, 12);
const CURVE_RATIOS = logSpaced(1 / 64, 64, 61);
const LOG_TEST_RATIOS = TEST_RATIOS.map(Math.log);
const LOG_CURVE_RATIOS = CURVE_RATIOS.map(Math.log);

export const sequentialTestSchema = z.strictObject({
  hits: z.number().nonnegative(),
  trials: z.number().nonnegative(),
  /** Per ratio r of TEST_RATIOS: the sum over intervals of trials x log(1 + share x (r - 1)). */
  exposure: z.array(z.number()).length(TEST_RATIOS.length),
  /** The same for the ratios on which the confidence sequence is drawn. */
  curve: z.array(z.number()).length(CURVE_RATIOS.length),
  maxLogE: z.number(),
});

/** What the test has seen so far: small, whatever the number of intervals, and JSON-serialisable. */
export type SequentialTest = z.infer<typeof sequentialTestSchema>;

/** Trials of one interval; under the hypothesis each of them is a hit with a probability of at most `share`. */
export interface Trials {
  share: number;
  hits: number;
  trials: number;
}

export function newTest(): SequentialTest {
  return {
    hits: 0,
    trials: 0,
    exposure: TEST_RATIOS.map(() => 0),
    curve: CURVE_RATIOS.map(() => 0),
    maxLogE: 0,
  };
}

function logLikelihoodRatios(hits: number, logRatios: readonly number[], exposure: readonly number[]): number[] {
  return logRatios.map((logRatio, index) => hits * logRatio - (exposure[index] ?? 0));
}

/** The logarithm of the mean of numbers that are given as logarithms. */
export function logMeanExp(values: readonly number[]): number {
  const highest = Math.max(...values);
  let sum = 0;
  for (const value of values) sum += Math.exp(value - highest);
  return highest + Math.log(sum / values.length);
}

function expose(exposure: readonly number[], ratios: readonly number[], { share, trials }: Trials): number[] {
  return exposure.map((value, index) => value + trials * Math.log1p(share * ((ratios[index] ?? 1) - 1)));
}

/**
 * Adds one interval's trials. Each interval keeps its own share, so a weight that changes is never pooled: the
 * likelihood ratio of each betted ratio is multiplied over all intervals, and only then are the ratios mixed.
 * With odds ratio r, theta_r = share r / (share r + 1 - share), so the ratio of likelihoods is
 * r^hits / (1 + share (r - 1))^trials. A share of 0 or 1 tells nothing and changes nothing.
 */
export function addTrials(test: SequentialTest, trials: Trials): SequentialTest {
  if (trials.trials === 0 || trials.share <= 0 || trials.share >= 1) return test;
  const hits = test.hits + trials.hits;
  const exposure = expose(test.exposure, TEST_RATIOS, trials);
  return {
    hits,
    trials: test.trials + trials.trials,
    exposure,
    curve: expose(test.curve, CURVE_RATIOS, trials),
    maxLogE: Math.max(test.maxLogE, logMeanExp(logLikelihoodRatios(hits, LOG_TEST_RATIOS, exposure))),
  };
}

/** The logarithm of E_n, the mean of the likelihood ratios: a martingale where the hypothesis holds with equality. */
export function logE(test: SequentialTest): number {
  return logMeanExp(logLikelihoodRatios(test.hits, LOG_TEST_RATIOS, test.exposure));
}

/** The p-value that holds at any time: min(1, 1 / max E). */
export function pValue(test: SequentialTest): number {
  return Math.exp(-test.maxLogE);
}

/**
 * Whether the hypothesis is rejected at level `alpha`. By Ville's inequality the chance of ever rejecting a true one
 * is at most alpha, however often one looks (Lindon and Malek, arXiv:2011.03567).
 */
export function rejects(test: SequentialTest, alpha: number): boolean {
  return test.maxLogE >= -Math.log(alpha);
}

/** The ratio of odds: an estimate and its 1 - alpha confidence sequence; null where the data gives no bound. */
export interface RatioInterval {
  estimate: number | null;
  low: number | null;
  high: number | null;
}

function estimateRatio(test: SequentialTest, curve: readonly number[]): number | null {
  if (test.hits === 0) return 0;
  if (test.hits === test.trials) return null;
  const best = curve.indexOf(Math.max(...curve));
  const [left, top, right] = [curve[best - 1], curve[best], curve[best + 1]];
  const ratio = CURVE_RATIOS[best];
  if (left === undefined || top === undefined || right === undefined || ratio === undefined) return ratio ?? null;
  const step = Math.log((CURVE_RATIOS[1] ?? 1) / (CURVE_RATIOS[0] ?? 1));
  return ratio * Math.exp((step / 2) * ((left - right) / (left - 2 * top + right)));
}

/**
 * Estimate and confidence sequence of the ratio: the ratios that a mixture over all ratios doesn't reject, widened by
 * one point of the grid so that its coarseness never narrows it (Howard et al., arXiv:1810.08240).
 */
export function ratioInterval(test: SequentialTest, alpha: number): RatioInterval {
  if (test.trials === 0) return { estimate: null, low: null, high: null };
  const curve = logLikelihoodRatios(test.hits, LOG_CURVE_RATIOS, test.curve);
  const floor = logMeanExp(curve) + Math.log(alpha);
  const low = curve.findIndex((value) => value > floor);
  const high = curve.findLastIndex((value) => value > floor);
  return {
    estimate: estimateRatio(test, curve),
    low: CURVE_RATIOS[low - 1] ?? null,
    high: CURVE_RATIOS[high + 1] ?? null,
  };
}
