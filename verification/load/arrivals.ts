const TICK_MS = 5;
/** Arrivals of a longer pause of this process aren't made up for: no users come by the hundred at one moment since the generator had no CPU. */
const LONGEST_PAUSE_MS = 500;

/** How many arrivals are due `elapsedMs` after the start and haven't been sent. */
export function dueArrivals(elapsedMs: number, requestsPerSecond: number, sent: number): number {
  return Math.max(0, Math.floor((elapsedMs * requestsPerSecond) / 1000) - sent);
}

/**
 * Open model: requests arrive at a steady rate whether or not earlier ones were answered, as users' do.
 * Returns the function that stops it.
 */
export function startArrivals(requestsPerSecond: number, arrive: (n: number) => void): () => void {
  let before = performance.now();
  let elapsed = 0;
  let sent = 0;
  const timer = setInterval(() => {
    const now = performance.now();
    elapsed += Math.min(now - before, LONGEST_PAUSE_MS);
    before = now;
    const due = dueArrivals(elapsed, requestsPerSecond, sent);
    for (let i = 0; i < due; i += 1) {
      arrive(sent);
      sent += 1;
    }
  }, TICK_MS);
  return () => clearInterval(timer);
}
