import { setTimeout as delay } from "node:timers/promises";

/** The time, and how much faster than life a sandbox runs its waits. */
export interface Clock {
  now(): number;
  /** Milliseconds that only go forward, however the clock is set; left out: this machine's. */
  passed?(): number;
  /** 1 on a real stack; n where a wait of n hours takes one */
  scale: number;
  /** Resolves at the given time, once as long has passed where the clock is set back meanwhile, or as soon as the signal fires. */
  sleepUntil(time: number, signal: AbortSignal): Promise<void>;
}

/** The longest sleep in one piece, in milliseconds: the machine's clock may be set meanwhile, and Node's timers end after 24 days. */
const LONGEST_SLEEP = 1_000;

/**
 * The machine's clock.
 * @param now milliseconds since the epoch
 */
export function systemClock(scale: number, now: () => number = Date.now): Clock {
  return {
    now,
    scale,
    async sleepUntil(time, signal) {
      const longest = performance.now() + time - now() + LONGEST_SLEEP;
      const remaining = () => (performance.now() > longest ? 0 : time - now());
      for (let left = remaining(); left > 0 && !signal.aborted; left = remaining()) {
        await delay(Math.min(left, LONGEST_SLEEP), undefined, { signal }).catch((error: unknown) => {
          if (!signal.aborted) throw error;
        });
      }
    },
  };
}

/** A wait of the runbook on this clock: whole hours in production, seconds in the sandbox. */
export function scaled(clock: Clock, milliseconds: number): number {
  return Math.ceil(milliseconds / clock.scale);
}
