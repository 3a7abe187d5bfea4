/** The pause between two looks right after a move of weight, in milliseconds: half a second, so that with the look itself it is never more than one. */
export const FIRST_PAUSE = 500;
/** The part of the time since the move that a pause may take: what the next look can tell grows with what was counted before. */
const SHARE = 1 / 8;

/**
 * How long to wait after a look at what is counted (pure): half a second right after weight has moved, then longer, up to the usual interval.
 * @param since milliseconds from the move to the look
 */
export function pauseAfter(since: number, interval: number): number {
  return Math.min(interval, Math.max(FIRST_PAUSE, since * SHARE));
}
