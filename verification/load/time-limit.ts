/** How long a request may take. */
export interface TimeLimit {
  /** fires once its time is up */
  signal: AbortSignal;
  /** The request has ended. */
  clear(): void;
}

/**
 * Limits a request's time, in milliseconds. A process that had no CPU for so long finds the timer due and the answer received at the same
 * moment, and Node calls timers before it reads sockets: what has been received is read first, or the generator's own pause would be
 * counted as requests without an answer.
 */
export function timeLimit(milliseconds: number): TimeLimit {
  const controller = new AbortController();
  let pending: NodeJS.Immediate | undefined;
  const timer = setTimeout(() => {
    // The first comes after sockets were read, the second after what that has set off.
    pending = setImmediate(() => {
      pending = setImmediate(() => controller.abort(new DOMException("no answer in time", "TimeoutError")));
    });
  }, milliseconds);
  return {
    signal: controller.signal,
    clear() {
      clearTimeout(timer);
      clearImmediate(pending);
    },
  };
}
