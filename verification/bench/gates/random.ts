/** Uniform numbers in [0, 1), the same ones for the same seed (mulberry32). */
export type Random = () => number;

export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** A Poisson count: exact up to a mean of 60, rounded normal above. */
export function poisson(random: Random, mean: number): number {
  if (mean > 60) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal(random)));
  const floor = Math.exp(-mean);
  let [count, product] = [0, random()];
  while (product > floor) {
    count += 1;
    product *= random();
  }
  return count;
}

/** Successes in `trials`: counted where few are expected, rounded normal where many are. */
export function binomial(random: Random, trials: number, share: number): number {
  const mean = trials * share;
  if (share > 0.5) return trials - binomial(random, trials, 1 - share);
  if (mean > 60)
    return Math.min(trials, Math.max(0, Math.round(mean + Math.sqrt(mean * (1 - share)) * normal(random))));
  if (share === 0) return 0;
  // The gaps between successes are geometric, so the work goes with the successes and not with the trials.
  const logMiss = Math.log1p(-share);
  let count = -1;
  for (let at = 0; at <= trials; at += 1 + Math.floor(Math.log(1 - random()) / logMiss)) count += 1;
  return count;
}
