import { setTimeout as delay } from "node:timers/promises";

/** How often a condition is looked at, in milliseconds. */
const LOOK_EVERY = 50;

/** Waits until something holds. @throws Error where it doesn't in time */
export async function until(
  what: string,
  seconds: number,
  holds: () => boolean | Promise<boolean>,
  every = LOOK_EVERY,
): Promise<void> {
  const deadline = performance.now() + seconds * 1_000;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`waited ${seconds} s for ${what}`);
    await delay(every);
  }
}
