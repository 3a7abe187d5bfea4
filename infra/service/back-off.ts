/** The first pause after something went wrong, and the longest, in milliseconds: what is away may have users of a canary behind it. */
const PAUSES = { first: 1_000, longest: 15_000 };
/** Of what stands in the middle with a person asked for: the cause may pass by itself, but each try takes as long as an update. */
const PAUSES_STUCK = { first: 5_000, longest: 5 * 60_000 };

/**
 * How long to wait before the next try, in milliseconds (pure).
 * @param failures how many tries have failed in a row, 1 at least
 */
export function pauseAfterFailures(failures: number, { stuck }: { stuck: boolean }): number {
  const { first, longest } = stuck ? PAUSES_STUCK : PAUSES;
  return Math.min(longest, first * 2 ** Math.min(failures - 1, 30));
}
