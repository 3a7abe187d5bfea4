/**
 * Milliseconds by which a Gateway routes later than its route's status says, in turn. Measured on Traefik 3.7.13: it says Accepted with
 * the new generation 17 to 76 ms after a change, and routes by it 78 ms to 1.9 s after (`providersThrottleDuration`, 2 s). An odd number of them, so that
 * of a canary's moves there and back neither always has the long ones.
 */
const BEHIND = [100, 1_900, 500, 1_200, 900] as const;

/** How far the data plane is behind at the next change, in milliseconds. */
export type Lag = () => number;

/** The lag of the sandbox's Gateway: as long as Traefik's, and another one at each change. */
export function measuredLag(): Lag {
  let change = 0;
  return () => {
    change += 1;
    return BEHIND[change % BEHIND.length] ?? 0;
  };
}

/** What takes changes over, each after its lag and never before an earlier one. */
export interface DataPlane {
  change(apply: () => void): void;
  close(): void;
}

export function openDataPlane(lag: Lag): DataPlane {
  const pending: { due: number; apply: () => void }[] = [];
  let timer: NodeJS.Timeout | undefined;
  const takeOver = (): void => {
    const [first] = pending;
    timer = undefined;
    if (first === undefined) return;
    const wait = first.due - performance.now();
    if (wait > 0) {
      timer = setTimeout(takeOver, wait);
      return;
    }
    pending.shift();
    first.apply();
    takeOver();
  };
  return {
    change(apply) {
      const due = performance.now() + lag();
      pending.push({ due, apply });
      // The one timer is for the first of them: two timers that are due together fire in no order that Node promises.
      if (timer === undefined) takeOver();
    },
    close() {
      clearTimeout(timer);
    },
  };
}
