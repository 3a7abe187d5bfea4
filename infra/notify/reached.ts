/** How telling each channel went, as far as it says whom a message has reached. */
type Told = readonly { delivered: string }[];

/** Whether a channel has taken a message for certain, or there is none: the page is beside the record then (pure). */
export function hasReached(deliveries: Told): boolean {
  return deliveries.length === 0 || deliveries.some(({ delivered }) => delivered === "yes");
}

/** Whether a channel may have taken a message: enough for a reminder, and not for a call for help (pure). */
export function mayHaveReached(deliveries: Told): boolean {
  return hasReached(deliveries) || deliveries.some(({ delivered }) => delivered === "unknown");
}

/** The longest pause between two tries that may have reached somebody, in milliseconds. */
const LONGEST_PAUSE = 15 * 60_000;

/** Tries in a row that may have reached somebody, in milliseconds since the epoch. */
export interface InDoubt {
  /** when the first of them ended */
  firstAt: number;
  lastAt: number;
}

/**
 * Whether a call that may have reached somebody is too recent to be made again (pure). The second try is made at once; each later one when the time since
 * the first try has doubled, and after a quarter of an hour at most. So a call is late by no more than the outage was long, and a receiver that
 * takes every message while its gateway answers with an error isn't flooded.
 */
export function isTooRecent({ firstAt, lastAt }: InDoubt, now: number): boolean {
  return now >= lastAt && now < lastAt + Math.min(LONGEST_PAUSE, lastAt - firstAt);
}
