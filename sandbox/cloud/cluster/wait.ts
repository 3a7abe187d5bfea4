import type { Store } from "./store.ts";

export type Waited<T> = { outcome: "settled"; value: T } | { outcome: "timeout" };

/**
 * Looks at the store now and after every change until `settled` gives a value, or the time is over.
 * @param milliseconds how long to wait at most
 */
export function waitFor<T>(store: Store, milliseconds: number, settled: () => T | undefined): Promise<Waited<T>> {
  return new Promise((resolve) => {
    const finish = (result: Waited<T>): void => {
      clearTimeout(timer);
      unsubscribe();
      resolve(result);
    };
    const look = (): void => {
      const value = settled();
      if (value !== undefined) finish({ outcome: "settled", value });
    };
    const timer = setTimeout(() => finish({ outcome: "timeout" }), milliseconds);
    const unsubscribe = store.onChange(look);
    look();
  });
}

/** Resolves after a delay, or at once when the signal aborts. */
export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal.addEventListener("abort", end);
  });
}
