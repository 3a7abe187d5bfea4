import { setImmediate } from "node:timers/promises";

/** What was rejected during a work while nobody waited for it: it would end a process, though not the one of the tests. */
export async function unhandledIn(work: () => Promise<void>): Promise<unknown[]> {
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);
  process.on("unhandledRejection", note);
  try {
    await work();
    await setImmediate();
  } finally {
    process.off("unhandledRejection", note);
  }
  return unhandled;
}
