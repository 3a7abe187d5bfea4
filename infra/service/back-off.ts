/** The first pause after something went wrong, and the longest, in milliseconds. */
const FIRST = 1_000;
const LONGEST = 5 * 60_000;
/** Of what stands in the middle with a person asked for: the cause may pass by itself, but each try costs more. */
const FIRST_STUCK = 5_000;

/**
 * How long to wait before the next try, in milliseconds (pure).
 * @param failures how many tries have failed in a row, 1 at least
 */
export function pauseAfterFailures(failures: number, { stuck }: { stuck: boolean }): number {
  return Math.min(LONGEST, (stuck ? FIRST_STUCK : FIRST) * 2 ** Math.min(failures - 1, 30));
}
