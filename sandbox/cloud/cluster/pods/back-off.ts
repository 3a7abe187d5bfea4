/** What is known of a container's restarts: how long the next one waits, and when the last one was. */
export interface BackOff {
  milliseconds: number;
  restartedAt: number;
}

// As the kubelet has them (pkg/kubelet/kubelet.go: initialNodeCrashLoopBackOff... 10 s, MaxContainerBackOff 300 s).
const FIRST_MS = 10_000;
const LONGEST_MS = 300_000;
/** A container that ran for twice the longest back-off begins anew (client-go's flowcontrol.Backoff, hasExpired). */
const FORGOTTEN_AFTER_MS = 2 * LONGEST_MS;
/** The kubelet sees that a container has ended with its next look at all of them (PLEG), once a second. */
const SEEN_AFTER_MS = 1_000;

function holds(known: BackOff | null, endedAt: number): known is BackOff {
  return known !== null && endedAt - known.restartedAt <= FORGOTTEN_AFTER_MS;
}

/** How long a container that has ended waits before it is started again: not at all the first time, whatever its exit code (pure). */
export function backOffAfter(known: BackOff | null, endedAt: number): { milliseconds: number; crashLoop: boolean } {
  if (!holds(known, endedAt)) return { milliseconds: SEEN_AFTER_MS, crashLoop: false };
  return { milliseconds: known.milliseconds, crashLoop: true };
}

/** What is known once it was started again: each restart doubles the next one's wait (pure). */
export function restarted(known: BackOff | null, endedAt: number, now: number): BackOff {
  const milliseconds = holds(known, endedAt) ? Math.min(LONGEST_MS, 2 * known.milliseconds) : FIRST_MS;
  return { milliseconds, restartedAt: now };
}
