/** A sample that would come up less often than this if the weights were honoured shows that they aren't. */
const IMPLAUSIBLE = 1e-6;
const SMALLEST_SAMPLE = 200;
const LARGEST_SAMPLE = 2_000;

/** How many requests were answered by which release; `unlabelled` said nothing of theirs, `failed` weren't answered. */
export interface Sample {
  releases: Readonly<Record<string, number>>;
  unlabelled: number;
  failed: number;
}

/** How many requests were answered, lost or neither (pure). */
export function answers({ releases, unlabelled, failed }: Sample): number {
  return Object.values(releases).reduce((sum, count) => sum + count, unlabelled + failed);
}

/**
 * How many requests it takes to notice that the release with the smallest weight gets none (pure).
 * @param weights in percent
 */
export function sampleSize(weights: readonly number[]): number {
  const smallest = Math.min(100, ...weights.filter((weight) => weight > 0));
  if (smallest === 100) return SMALLEST_SAMPLE;
  const needed = Math.ceil(Math.log(IMPLAUSIBLE / (2 * Math.max(1, weights.length))) / Math.log1p(-smallest / 100));
  return Math.min(LARGEST_SAMPLE, Math.max(SMALLEST_SAMPLE, needed));
}

/** Two-sided exact binomial p-value: twice the smaller tail, at most 1 (pure). */
export function binomialP(hits: number, trials: number, share: number): number {
  if (share <= 0) return hits === 0 ? 1 : 0;
  if (share >= 1) return hits === trials ? 1 : 0;
  let logTerm = trials * Math.log1p(-share);
  let below = 0;
  let above = 0;
  for (let count = 0; count <= trials; count += 1) {
    const term = Math.exp(logTerm);
    if (count <= hits) below += term;
    if (count >= hits) above += term;
    logTerm += Math.log((trials - count) / (count + 1)) + Math.log(share / (1 - share));
  }
  return Math.min(1, 2 * Math.min(below, above));
}

/**
 * Holds a sample against the weights (pure).
 * @param weights in percent, by release
 * @returns what contradicts them: a release that answers without weight, or a share that is implausibly far off
 */
export function shareProblems(weights: Readonly<Record<string, number>>, sample: Sample): string[] {
  const labelled = Object.values(sample.releases).reduce((sum, count) => sum + count, 0);
  const problems: string[] = [];
  if (sample.failed > 0) problems.push(`${sample.failed} requests of the sample were not answered`);
  if (sample.unlabelled > 0) problems.push(`${sample.unlabelled} answers don't say which release gave them`);
  const unknown = Object.keys(sample.releases).filter((release) => weights[release] === undefined);
  for (const release of unknown) problems.push(`${release} answers requests and isn't on the stack`);
  if (labelled === 0) return [...problems, "no answer says which release gave it"];
  const tests = Object.keys(weights).length;
  for (const [release, weight] of Object.entries(weights)) {
    const count = sample.releases[release] ?? 0;
    if (binomialP(count, labelled, weight / 100) * tests >= IMPLAUSIBLE) continue;
    problems.push(`${release} answers ${count} of ${labelled} requests, which doesn't fit its weight of ${weight} %`);
  }
  return problems;
}
