import { isOneWay } from "../change/decide.ts";
import type { Plan } from "../change/plan.ts";
import { progressOf } from "../change/progress.ts";
import { hasCalled, unwatchedMessage, unwatchedSince } from "../change/unwatched.ts";
import type { ReleaseState } from "../domain/releases.ts";
import { badInput, EXIT, type Refusal } from "../errors.ts";
import type { Delivery } from "../notify/index.ts";
import type { RecordStore } from "../records/store.ts";
import { untold } from "../reports/render/describe.ts";
import { dataOf } from "../reports/render/event-data.ts";
import type { Stack } from "../stack/stack.ts";
import type { Run, RunResult } from "./effect.ts";
import { recordOtherPlan } from "./effects/other-plan.ts";
import type { Journal } from "./journal.ts";
import { mustBeOwn, type Reopened, reopenChange, toGoBack } from "./opening/reopen.ts";
import { overrideRules } from "./override.ts";
import { endOvertaken, letGoIfMoved, recover } from "./recovery.ts";
import { run } from "./run.ts";
import { runChange } from "./run-change.ts";
import type { RecoverySession } from "./session.ts";

/** Why a change is called off, and by whom. */
export interface Abort {
  reason: string;
  by: string;
}

/** A change that was taken up, and how far it went. */
export interface Resumed {
  journal: Journal;
  result: RunResult;
}

/** Whether to stay, and what tells a runner to leave. */
export type Leaving = Pick<Run, "signal" | "whenWaiting">;

/** How many of the stack's newest records are looked through for one that is still open. */
const NEWEST = 50;

/** A stack's open change, and the state in which the stack was when it was looked for. */
export interface Open {
  change: string;
  state: ReleaseState | null;
}

/**
 * The stack's open change: the one that the stack says holds it, else a record that was never closed.
 * @param glance the stack's state as it was read a moment ago, where it was
 */
export async function findOpenChange(
  session: { stack: Pick<Stack, "name" | "state">; store: Pick<RecordStore, "ofStack" | "ends" | "read"> },
  glance: ReleaseState | null = null,
): Promise<Open | null> {
  const state = glance ?? (await session.stack.state());
  const holder = state?.change?.id;
  if (holder !== undefined) return { change: holder, state };
  const change = await unclosedChange(session.store, session.stack.name);
  return change === null ? null : { change, state };
}

/**
 * The newest of a stack's records that was never closed; null where all are.
 * @param closed those that are known to be: what ends once isn't opened again, so whoever looks often asks for none of them twice
 */
export async function unclosedChange(
  store: Pick<RecordStore, "ofStack" | "ends" | "read">,
  stack: string,
  closed = new Set<string>(),
): Promise<string | null> {
  const changes = (await store.ofStack(stack)).slice(-NEWEST).reverse();
  for (const change of changes.filter((one) => !closed.has(one))) {
    // A closed one's end says so: the rest of its record isn't read.
    const isClosed =
      (await store.ends(change)).last.type === "closed" || progressOf(await store.read(change)).closed !== null;
    if (!isClosed) return change;
    closed.add(change);
  }
  return null;
}

/** The stack's open change. @throws Refusal (exit 2) where none is */
export async function mustFindOpenChange(session: RecoverySession): Promise<Open> {
  const open = await findOpenChange(session);
  if (open !== null) return open;
  throw badInput(`--stack: no change is under way on ${session.stack.name}: there is nothing to resume or abort`);
}

/**
 * Runs the stack's open change on from where its record ends; past its windows and approvals where the session overrides them.
 * @throws Refusal (exit 70) where this program makes another plan than the one that the change began with, which its record then says
 */
export async function resumeChange(session: RecoverySession, leaving: Leaving): Promise<Resumed> {
  const { change, state } = await mustFindOpenChange(session);
  const reopened = await reopenChange(session, change);
  const overtaken = await endOvertaken(session, reopened, state);
  if (overtaken !== null) return { journal: reopened.journal, result: overtaken };
  const { journal, plan } = await ownOrRecorded(session, reopened);
  if (plan === null) return { journal, result: await closeUnplanned(journal) };
  const found = { session, journal, plan, ...leaving };
  const telling = tellUnwatched(found);
  // It may fail while the change goes on: that is told in the end.
  telling.catch(() => undefined);
  try {
    await overrideRules(session, journal);
    await recover(found);
    return { journal, result: await runChange(found) };
  } finally {
    session.reporter.problems(untold(await telling));
  }
}

/** A change to go on with; that its plan is another one here is recorded. @throws Refusal (exit 70) where it is */
async function ownOrRecorded(session: RecoverySession, reopened: Reopened): Promise<Reopened> {
  try {
    return mustBeOwn(reopened);
  } catch (error) {
    const { journal, differs } = reopened;
    if (differs !== null && error === differs) await recordOtherPlan({ session, journal }, differs);
    throw error;
  }
}

/** How often one spell is told of, since the runner that told of it first may have died meanwhile; receivers that know keys take it once. */
const MOST_TOLD = 2;

/** Tells the channels of a canary with users that nobody has looked at, where this is one; the change goes on meanwhile. */
async function tellUnwatched({ session, journal, plan }: Run): Promise<Delivery[]> {
  const { clock, stack, onCall } = session;
  const [events, now] = [journal.events(), clock.now()];
  // Whoever has the lease knows that no other runner is at work, not even on an update.
  const since = unwatchedSince(plan, journal.progress(), events, now, 0);
  if (since === null || hasCalled(events)) return [];
  const from = new Date(since).toISOString();
  const before = events.filter((event) => dataOf("unwatched", event)?.since === from).length;
  if (before >= MOST_TOLD) return [];
  const opened = { stack: stack.name, onCall, openedAt: events[0]?.at ?? from };
  const message = unwatchedMessage(opened, { change: journal.change, plan, since: from, now });
  await journal.write("unwatched", null, { since: from, until: message.at });
  return session.announce(message, before === 0 ? "first" : "again");
}

/** Ends the stack's open change, which may have been looked for already: back to the weights and the releases of before. */
export async function abortChange(
  session: RecoverySession,
  abort: Abort,
  leaving: Leaving,
  found?: Open,
): Promise<Resumed> {
  const { change, state } = found ?? (await mustFindOpenChange(session));
  const { journal, plan } = toGoBack(await reopenChange(session, change));
  if (plan === null) return { journal, result: await closeUnplanned(journal) };
  const called = { session, journal, plan, ...leaving };
  const left = await letGoIfMoved(called, state);
  if (left !== null) return { journal, result: left };
  if (journal.progress().failure === null) {
    if (isOneWay(plan, journal.progress())) throw tooLate(session, journal, plan);
    await journal.write("abort-requested", null, { reason: `aborted by ${abort.by}: ${abort.reason}` });
  }
  return { journal, result: await run(called) };
}

/** The refusal to call off what has come too far. */
export function tooLate(session: Pick<RecoverySession, "stack">, journal: Journal, plan: Plan): Refusal {
  const step = plan.steps[journal.progress().stepIndex]?.title ?? "the end";
  return badInput(
    `${journal.change} (${plan.runbook}) has reached "${step}" and can't be aborted any more: finish it with \`runbook resume --stack ${session.stack.name}\`, then look again`,
  );
}

/**
 * Ends an open change that has no plan: whoever opened it has died or failed before it was written. To be called with the stack's lease.
 * @returns whether it was one
 */
export async function endUnplanned(session: Parameters<typeof reopenChange>[0], change: string): Promise<boolean> {
  const { journal, plan, differs } = await reopenChange(session, change);
  if (plan !== null || differs !== null) return false;
  await closeUnplanned(journal);
  return true;
}

async function closeUnplanned(journal: Journal): Promise<RunResult> {
  const summary = "ended before its plan was written: nothing was changed";
  if (journal.progress().closed === null) {
    await journal.write("closed", null, { exit: EXIT.restored, outcome: "restored", summary });
  }
  return { exit: EXIT.restored, resumeAt: null };
}
