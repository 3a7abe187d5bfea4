import { setTimeout as delay } from "node:timers/promises";

/**
 * What some work answers, within so many milliseconds. Work that doesn't answer is left behind, and goes on by itself.
 * @param late what the error says where there is no answer by then
 * @throws Error
 */
export async function answeredWithin<T>(milliseconds: number, work: Promise<T>, late: string): Promise<T> {
  const over = new AbortController();
  const timeout = delay(milliseconds, undefined, { signal: over.signal }).then(() => {
    throw new Error(late);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    over.abort();
    await timeout.catch(() => undefined);
  }
}
