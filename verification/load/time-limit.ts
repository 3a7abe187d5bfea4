/** How long a request may take. */
export interface TimeLimit {
  /** fires once its time is up */
  signal: AbortSignal;
  /** The request has ended. */
  clear(): void;
}

/** In what parts time is counted, in milliseconds. */
const PART = 100;

/**
 * Limits a request's time, in milliseconds. Only time counts in which this process ran itself: a pause of it is one part, however long it was. And
 * Node calls timers before it reads sockets, so that what has been received is read first. Else a generator without CPU would count its own
 * pause as requests without an answer.
 */
export function timeLimit(milliseconds: number): TimeLimit {
  const controller = new AbortController();
  let left = Math.ceil(milliseconds / PART);
  let pending: NodeJS.Immediate | undefined;
  const timer = setInterval(() => {
    left -= 1;
    if (left > 0) return;
    clearInterval(timer);
    // The first comes after sockets were read, the second after what that has set off.
    pending = setImmediate(() => {
      pending = setImmediate(() => controller.abort(new DOMException("no answer in time", "TimeoutError")));
    });
  }, PART);
  return {
    signal: controller.signal,
    clear() {
      clearInterval(timer);
      clearImmediate(pending);
    },
  };
}
