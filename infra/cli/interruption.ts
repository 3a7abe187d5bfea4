/**
 * Milliseconds in which a second signal is the first one again: npm passes a terminal's Ctrl-C on to a process that has had it from the
 * terminal already.
 */
const SAME_SIGNAL = 1_000;
const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/**
 * Calls `act` at the first SIGINT or SIGTERM of this process; the second one ends the process as ever.
 * @returns what stops listening
 */
export function onInterruption(act: () => void): () => void {
  let again: NodeJS.Timeout | null = null;
  const stop = () => {
    for (const signal of SIGNALS) process.off(signal, interrupted);
    if (again !== null) clearTimeout(again);
  };
  const interrupted = () => {
    if (again !== null) return;
    again = setTimeout(stop, SAME_SIGNAL).unref();
    act();
  };
  for (const signal of SIGNALS) process.on(signal, interrupted);
  return stop;
}
