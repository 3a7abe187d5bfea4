const TICK_MS = 5;

/** How many arrivals are due `elapsedMs` after the start and haven't been sent. */
export function dueArrivals(elapsedMs: number, requestsPerSecond: number, sent: number): number {
  return Math.max(0, Math.floor((elapsedMs * requestsPerSecond) / 1000) - sent);
}

/**
 * Open model: requests arrive at a steady rate whether or not earlier ones were answered, as users' do.
 * Returns the function that stops it.
 */
export function startArrivals(requestsPerSecond: number, arrive: (n: number) => void): () => void {
  const started = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    const due = dueArrivals(performance.now() - started, requestsPerSecond, sent);
    for (let i = 0; i < due; i += 1) {
      arrive(sent);
      sent += 1;
    }
  }, TICK_MS);
  return () => clearInterval(timer);
}
