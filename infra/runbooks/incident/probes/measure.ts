import type { Socket } from "node:net";
import { answeredWithin } from "../../../clients/answered-within.ts";
import { type Probe, trouble, well } from "../facts.ts";
import { stateOf, wordOf } from "../states.ts";

/** Milliseconds after which an answer is slow: what the workload gives a dependency in its readiness. */
export const SLOW_AFTER = 1_000;
/** Milliseconds that one question may take. */
export const ANSWER_WITHIN = 4_000;

/** An answer, for as long as one question may take. @throws DOMException where there is none by then */
export function inTime<T>(answer: Promise<T>): Promise<T> {
  return answeredWithin(ANSWER_WITHIN, answer, new DOMException("no answer in time", "TimeoutError"));
}

/** Asks, measures, and turns a failure into its state; never rejects. */
export async function measured(ask: () => Promise<unknown>, slowAfter = SLOW_AFTER): Promise<Probe> {
  const begun = performance.now();
  const taken = () => Math.round(performance.now() - begun);
  try {
    await inTime(ask());
    return taken() > slowAfter ? trouble("slow", "", taken()) : well(taken());
  } catch (error) {
    const word = wordOf(error);
    return trouble(stateOf(word), word, taken());
  }
}

/** Waits until a socket says by an event that it is connected, and closes it. */
export function connected(socket: Socket, event: "connect" | "secureConnect"): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.once(event, () => resolve());
    setTimeout(() => reject(spoken("ETIMEDOUT")), ANSWER_WITHIN - 100).unref();
  }).finally(() => socket.destroy());
}

/** An error that is told by its word alone. */
export function spoken(word: string): Error {
  return Object.assign(new Error(word), { code: word });
}
