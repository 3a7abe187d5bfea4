import { Refusal } from "../errors.ts";

/** What was last read, when, and what was wrong with the last try. */
export interface Kept<Value> {
  value: Value | null;
  /** milliseconds since the epoch; null before the first answer */
  at: number | null;
  problem: string | null;
}

/** A value that is read again when somebody looks at it and it is too old. */
export interface Keeper<Value> {
  /** What is known now; where that is old, a new reading begins beside it. */
  glance(): Kept<Value>;
  /** Resolves once the reading that is under way has ended; never rejects. */
  settled(): Promise<void>;
}

/** Runs at most so many of the works that it is given at once, the others in their order. */
export function turns(most: number): <Result>(work: () => Promise<Result>) => Promise<Result> {
  const waiting: (() => void)[] = [];
  let free = most;
  return async (work) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((go) => waiting.push(go));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    }
  };
}

/** An error in a line for people: what the program refuses in its own words, everything else by its message. */
export function problemIn(error: unknown): string {
  if (error instanceof Refusal) return error.problems.join("; ");
  return error instanceof Error ? error.message : String(error);
}

/**
 * Keeps what a reading gives.
 * @param maxAge milliseconds from the end of a reading to the next one
 */
export function keeper<Value>(
  read: () => Promise<Value>,
  { maxAge, now }: { maxAge: number; now: () => number },
): Keeper<Value> {
  let kept: Kept<Value> = { value: null, at: null, problem: null };
  let triedAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | null = null;
  const begin = async () => {
    try {
      kept = { value: await read(), at: now(), problem: null };
    } catch (error) {
      kept = { ...kept, problem: problemIn(error) };
    }
    triedAt = now();
    reading = null;
  };
  return {
    glance() {
      // A clock that was set back makes nothing young.
      if (reading === null && Math.abs(now() - triedAt) >= maxAge) reading = begin();
      return kept;
    },
    settled: async () => void (await reading),
  };
}
