/** Lets loops sleep until something has happened. */
export interface Wake {
  ring(): void;
  /** how often it was rung: asked before a look, so that what happens meanwhile isn't slept through */
  rung(): number;
  /** Resolves after the milliseconds, when the signal fires, or where it was rung more often than `rungBefore`. */
  sleep(milliseconds: number, rungBefore: number, signal: AbortSignal): Promise<void>;
}

/** A wake that all loops of a process share. */
export function newWake(): Wake {
  const sleeping = new Set<() => void>();
  let count = 0;
  return {
    ring() {
      count += 1;
      for (const wakeUp of sleeping) wakeUp();
    },
    rung: () => count,
    async sleep(milliseconds, rungBefore, signal) {
      if (signal.aborted || rungBefore !== count) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, milliseconds);
      const wakeUp = () => resolve();
      sleeping.add(wakeUp);
      signal.addEventListener("abort", wakeUp);
      await promise;
      signal.removeEventListener("abort", wakeUp);
      sleeping.delete(wakeUp);
      clearTimeout(timer);
    },
  };
}
