import type { Run } from "../effect.ts";

/**
 * Does what sends requests of our own. That they are coming is recorded before the first of them, and how many they were after
 * the last: a runner that is killed in between leaves it known that nobody knows.
 */
export async function sending<T>({ session, journal }: Run, step: string | null, send: () => Promise<T>): Promise<T> {
  await journal.write("requests-begun", step, {});
  const sent = await send();
  // The write takes its time, and a look in the meantime has to know them.
  await journal.write("requests-made", step, { burst: session.recorder.take() });
  session.recorder.noted();
  return sent;
}
