import { problemIn } from "./kept.ts";
import type { BoardStack } from "./source.ts";

/** Something that is read again and again while somebody listens, once for all of them. */
export interface Topic<Value> {
  /** The newest value; read now where nobody listens yet. @throws Error where it can't be read */
  latest(): Promise<Value>;
  /** Calls back after each reading until the answer is called. */
  listen(show: (value: Value) => void): () => void;
}

/**
 * Opens a topic.
 * @param read where it fails, whoever listens keeps the value of before, and it is read again
 * @param every milliseconds between two readings
 * @param tell is told once why it fails
 */
export function openTopic<Value>(
  read: () => Promise<Value>,
  every: number,
  tell: (problem: string) => void,
): Topic<Value> {
  const listeners = new Set<(value: Value) => void>();
  let reading: Promise<Value> | null = null;
  let isRunning = false;
  let pause: { timer: NodeJS.Timeout; end: () => void } | null = null;
  const once = () => {
    reading ??= read().finally(() => {
      reading = null;
    });
    return reading;
  };
  let told: string | null = null;
  const readAgain = async () => {
    try {
      const value = await once();
      told = null;
      for (const show of listeners) show(value);
    } catch (error) {
      const problem = problemIn(error);
      if (problem !== told) tell(`what an open page shows can't be read: ${problem}`);
      told = problem;
    }
  };
  const run = async () => {
    while (listeners.size > 0) {
      await new Promise<void>((end) => {
        pause = { timer: setTimeout(end, every), end };
      });
      if (listeners.size === 0) break;
      await readAgain();
    }
    isRunning = false;
  };
  return {
    latest: once,
    listen(show) {
      listeners.add(show);
      if (!isRunning) {
        isRunning = true;
        void run();
      }
      return () => {
        listeners.delete(show);
        if (listeners.size > 0 || pause === null) return;
        clearTimeout(pause.timer);
        pause.end();
      };
    },
  };
}

/** Topics by stack and change; the ones that nobody has asked for in the longest time are forgotten, so that there are never many. */
export function keepTopics<Value>(
  most: number,
  open: (stack: BoardStack, change: string) => Topic<Value>,
): (stack: BoardStack, change: string) => Topic<Value> {
  const kept = new Map<string, Topic<Value>>();
  return (stack, change) => {
    const key = `${stack.name}\n${change}`;
    const topic = kept.get(key) ?? open(stack, change);
    kept.delete(key);
    kept.set(key, topic);
    // Whoever listens to one that is forgotten here goes on listening to it.
    const [oldest] = kept.keys();
    if (kept.size > most && oldest !== undefined) kept.delete(oldest);
    return topic;
  };
}
