/** Lets loops sleep until something has happened. */
export interface Wake {
  ring(): void;
  /** how often it was rung: asked before a look, so that what happens meanwhile isn't slept through */
  rung(): number;
  /** Resolves after the milliseconds, when the signal fires, or where it was rung since it had been `heard` times. */
  sleep(milliseconds: number, heard: number, signal: AbortSignal): Promise<void>;
}

/** A wake that all loops of a process share. */
export function newWake(): Wake {
  const sleeping = new Set<() => void>();
  let count = 0;
  return {
    ring() {
      count += 1;
      for (const rouse of sleeping) rouse();
    },
    rung: () => count,
    async sleep(milliseconds, heard, signal) {
      if (signal.aborted || heard !== count) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, milliseconds);
      const rouse = () => resolve();
      sleeping.add(rouse);
      signal.addEventListener("abort", rouse);
      await promise;
      signal.removeEventListener("abort", rouse);
      sleeping.delete(rouse);
      clearTimeout(timer);
    },
  };
}
