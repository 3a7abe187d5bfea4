import { EXIT, Refusal } from "./refusal.ts";
import type { Session } from "./session.ts";

/**
 * Runs with the stack's lease, so that a second runner leaves at once.
 * @throws Refusal (exit 4) naming who has it
 */
export async function withLease<Result>(
  { store, stack }: Pick<Session, "store" | "stack">,
  work: () => Promise<Result>,
): Promise<Result> {
  const lease = await store.lease(stack.name, { change: null });
  if (lease.held === "no") {
    const { host, pid, at } = lease.holder;
    throw new Refusal({
      exit: EXIT.busy,
      problems: [
        `another runner is at work on ${stack.name} (process ${pid} on ${host}, since ${at}): it carries the change on, so leave it to it`,
      ],
    });
  }
  try {
    return await work();
  } finally {
    await lease.release();
  }
}
