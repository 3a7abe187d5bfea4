import { setTimeout as delay } from "node:timers/promises";
import { busy, type Refusal } from "../errors.ts";
import type { Holder } from "../records/lease.ts";
import type { Session } from "./session.ts";

/** The refusal of a second runner, naming who is at work. */
export function atWork(stack: string, { host, pid, at }: Holder): Refusal {
  return busy(
    `another runner is at work on ${stack} (process ${pid} on ${host}, since ${at}): it runs the change: wait for it`,
  );
}

/** How long a lease is waited for whose holder may only look at what waits, and how often it is tried, in milliseconds. */
const SOON = 15_000;
const TRY_EVERY = 500;

/**
 * Runs with the stack's lease, which is waited for a little: a runner that looks at a change that waits for people has it for a moment.
 * @throws Refusal (exit 4) naming who has it still
 */
export async function withLeaseSoon<Result>(
  session: Pick<Session, "store" | "stack">,
  work: () => Promise<Result>,
): Promise<Result> {
  const { store, stack } = session;
  const deadline = Date.now() + SOON;
  for (;;) {
    const lease = await store.lease(stack.name, { change: null });
    if (lease.held) {
      try {
        return await work();
      } finally {
        await lease.release();
      }
    }
    if (Date.now() > deadline) throw atWork(stack.name, lease.holder);
    await delay(TRY_EVERY);
  }
}

/**
 * Runs with the stack's lease, so that a second runner leaves at once.
 * @throws Refusal (exit 4) naming who has it
 */
export async function withLease<Result>(
  { store, stack }: Pick<Session, "store" | "stack">,
  work: () => Promise<Result>,
): Promise<Result> {
  const lease = await store.lease(stack.name, { change: null });
  if (!lease.held) throw atWork(stack.name, lease.holder);
  try {
    return await work();
  } finally {
    await lease.release();
  }
}
