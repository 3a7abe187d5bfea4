import type { Log } from "./log.ts";

/** Work that goes on after its request was answered. */
export interface Background {
  start(what: string, requestId: string, work: () => Promise<void>): void;
  /** Resolves when nothing is under way any more. */
  idle(): Promise<void>;
}

/** Keeps account of background work, so that a drain can wait for it; failures are logged with their request's id. */
export function createBackground(log: Log): Background {
  const underway = new Set<Promise<void>>();
  return {
    start: (what, requestId, work) => {
      const run = work()
        .catch((error: unknown) => log.error(`${what} failed`, { requestId, error }))
        .finally(() => underway.delete(run));
      underway.add(run);
    },
    idle: async () => {
      while (underway.size > 0) await Promise.all(underway);
    },
  };
}
