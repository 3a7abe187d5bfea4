import { type Probe, trouble, well } from "../facts.ts";
import { stateOf, wordOf } from "../states.ts";

/** Milliseconds after which an answer is slow: what the workload gives a dependency in its readiness. */
export const SLOW_AFTER = 1_000;
/** Milliseconds that one question may take. */
export const ANSWER_WITHIN = 4_000;

/** Rejects with a TimeoutError where the work takes longer than a question may. */
export async function within<T>(work: Promise<T>, milliseconds = ANSWER_WITHIN): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new DOMException("no answer in time", "TimeoutError")), milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Asks, measures, and turns a failure into its state; never rejects. */
export async function measured(ask: () => Promise<unknown>, slowAfter = SLOW_AFTER): Promise<Probe> {
  const begun = performance.now();
  const taken = () => Math.round(performance.now() - begun);
  try {
    await within(ask());
    return taken() > slowAfter ? trouble("slow", "", taken()) : well(taken());
  } catch (error) {
    const word = wordOf(error);
    return trouble(stateOf(word), word, taken());
  }
}

/** An error that is told by its word alone. */
export function spoken(word: string): Error {
  return Object.assign(new Error(word), { code: word });
}
