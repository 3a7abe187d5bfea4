import { setTimeout as delay } from "node:timers/promises";
import { isOneWay } from "../change/decide.ts";
import type { Plan } from "../change/plan.ts";
import { busy } from "../errors.ts";
import type { Holder } from "../records/lease.ts";
import { atWork, SOON, TRY_EVERY } from "./lease.ts";
import { type Reopened, reopenChange, toGoBack } from "./opening/reopen.ts";
import { type Abort, findOpenChange, tooLate } from "./resume.ts";
import type { RunnerSession } from "./session.ts";

export interface Asking {
  abort: Abort;
  signal: AbortSignal;
  /** @throws Refusal where a change of this plan isn't to be called off by this command */
  mayAsk: (change: string, plan: Plan) => void;
  /** tells who was asked */
  tell: (text: string) => void;
}

/**
 * Runs with the stack's lease. Where another runner has it, that one is asked to call its change off, and the lease is waited for: it is free when
 * the stack is back, or when that runner has died. One that has no change yet may be opening one, or only look: its lease is waited for a little.
 * @param work is given the change that was asked for and is closed by now; null where none was, or where it is still to be called off
 * @param within how long the lease is waited for while there is no change to call off, in milliseconds
 * @throws Refusal (exit 4) where another runner has the lease all that time; (exit 2) where its change can't be called off any more
 */
export async function withLeaseOrAsk<Result>(
  session: RunnerSession,
  asking: Asking,
  work: (ended: Reopened | null) => Promise<Result>,
  within = SOON,
): Promise<Result> {
  const { store, stack } = session;
  const deadline = performance.now() + within;
  let asked: string | null = null;
  for (;;) {
    const lease = await store.lease(stack.name, { change: asked });
    if (lease.held) {
      try {
        return await work(asked === null ? null : await endedChange(session, asked));
      } finally {
        await lease.release();
      }
    }
    asked ??= await ask(session, asking, lease.holder);
    if (asked === null && performance.now() >= deadline) throw atWork(stack.name, lease.holder);
    asking.signal.throwIfAborted();
    await delay(TRY_EVERY, undefined, { signal: asking.signal });
  }
}

/** The change that whoever has the lease has just ended; null where that is none. */
async function justEnded({ store, stack }: RunnerSession, holder: Holder): Promise<string | null> {
  const newest = (await store.ofStack(stack.name)).at(-1);
  if (newest === undefined) return null;
  const { last } = await store.ends(newest);
  return last.type === "closed" && Date.parse(last.at) >= Date.parse(holder.at) ? newest : null;
}

/**
 * Asks the runner that has the lease to call its change off, and answers which; null where it has none yet.
 * @throws Refusal (exit 4) where it has just ended one: what the stack is to go back from isn't what the person has seen
 */
async function ask(session: RunnerSession, { abort, mayAsk, tell }: Asking, holder: Holder): Promise<string | null> {
  const { store, clock } = session;
  const open = await findOpenChange(session);
  if (open === null) {
    const ended = await justEnded(session, holder);
    if (ended === null) return null;
    const { name } = session.stack;
    throw busy(
      `${ended} has just ended on ${name}, and its runner (process ${holder.pid} on ${holder.host}) is about to leave: see what stands with \`runbook status --stack ${name}\` before you run this again`,
    );
  }
  const { journal, plan } = toGoBack(await reopenChange(session, open.change));
  if (plan === null) return null;
  mayAsk(open.change, plan);
  if (journal.progress().failure === null && isOneWay(plan, journal.progress())) throw tooLate(session, journal, plan);
  await store.askToCallOff(open.change, { ...abort, at: new Date(clock.now()).toISOString() });
  tell(
    `asked the runner of ${open.change} (process ${holder.pid} on ${holder.host}) to abort it; waiting until the stack is restored`,
  );
  return open.change;
}

async function endedChange(session: RunnerSession, change: string): Promise<Reopened | null> {
  const reopened = await reopenChange(session, change);
  return reopened.journal.progress().closed === null ? null : reopened;
}
