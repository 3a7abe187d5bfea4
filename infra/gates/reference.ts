/**
 * The highest share of failures that goes with what was seen (pure): Chernoff's bound, which is above the true share in all but
 * `delta` of such samples, whatever their size.
 */
export function highestShare({ requests, errors }: { requests: number; errors: number }, delta: number): number {
  if (requests === 0) return 1;
  const seen = errors / requests;
  const most = Math.log(1 / delta) / requests;
  let [low, high] = [seen, 1];
  for (let turn = 0; turn < 60; turn += 1) {
    const middle = (low + high) / 2;
    if (divergence(seen, middle) > most) high = middle;
    else low = middle;
  }
  return high;
}

/** Kullback and Leibler's divergence between two shares. */
function divergence(one: number, other: number): number {
  const part = (share: number, of: number) => (share === 0 ? 0 : share * Math.log(share / of));
  if (other >= 1) return one >= 1 ? 0 : Number.POSITIVE_INFINITY;
  return part(one, other) + part(1 - one, 1 - other);
}

/** How much more than during the canary may fail before the release is blamed for it: hours of a day differ, and both releases would show it. */
const DRIFT = 1.5;

/**
 * The share of failures that a release may have once all traffic is its own (pure): what the release before it showed beside it, with what
 * one hour may differ from another, and never more than the hard limit.
 * @param delta the chance that the release before showed less than its true share
 */
export function shareAllowed(
  reference: { requests: number; errors: number },
  hardLimit: number,
  delta: number,
): number {
  return Math.min(hardLimit, DRIFT * highestShare(reference, delta));
}
