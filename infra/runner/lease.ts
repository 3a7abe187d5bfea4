import { setTimeout as delay } from "node:timers/promises";
import { formatDuration } from "../domain/durations.ts";
import { busy, type Refusal } from "../errors.ts";
import { type Holder, SILENT_FOR } from "../records/lease.ts";
import type { Session } from "./session.ts";

/** The refusal of a second runner, naming who is at work. */
export function atWork(stack: string, { host, pid, at }: Holder): Refusal {
  return busy(
    `another runner is at work on ${stack} (process ${pid} on ${host}, since ${at}): it runs the change: wait for it. Where it is dead, run the command on that machine, or here ${formatDuration(SILENT_FOR)} after its last sign`,
  );
}

/** How long a lease is waited for whose holder may only look at what waits or open a change, and how often it is tried, in milliseconds. */
export const SOON = 15_000;
export const TRY_EVERY = 500;

/**
 * Runs with the stack's lease, so that a second runner leaves at once, or after it has waited so many milliseconds.
 * @throws Refusal (exit 4) naming who has it
 */
export async function withLease<Result>(
  { store, stack }: Pick<Session, "store" | "stack">,
  work: () => Promise<Result>,
  within = 0,
): Promise<Result> {
  for (const deadline = performance.now() + within; ; await delay(TRY_EVERY)) {
    const lease = await store.lease(stack.name, { change: null });
    if (!lease.held && performance.now() >= deadline) throw atWork(stack.name, lease.holder);
    if (!lease.held) continue;
    try {
      return await work();
    } finally {
      await lease.release();
    }
  }
}

/** The same, waiting a little: a runner that looks at a change that waits for people has the lease for a moment. */
export function withLeaseSoon<Result>(
  session: Pick<Session, "store" | "stack">,
  work: () => Promise<Result>,
): Promise<Result> {
  return withLease(session, work, SOON);
}
