import { setTimeout as delay } from "node:timers/promises";

/** The time, and how much faster than life a sandbox runs its waits. */
export interface Clock {
  now(): number;
  /** 1 on a real stack; n where a wait of n hours takes one */
  scale: number;
  /** Resolves at the given time, or as soon as the signal fires. */
  sleepUntil(time: number, signal: AbortSignal): Promise<void>;
}

export function systemClock(scale: number): Clock {
  return {
    now: Date.now,
    scale,
    async sleepUntil(time, signal) {
      const milliseconds = time - Date.now();
      if (milliseconds <= 0 || signal.aborted) return;
      await delay(milliseconds, undefined, { signal }).catch((error: unknown) => {
        if (!signal.aborted) throw error;
      });
    },
  };
}

/** A wait of the runbook on this clock: whole hours in production, seconds in the sandbox. */
export function scaled(clock: Clock, milliseconds: number): number {
  return Math.ceil(milliseconds / clock.scale);
}
