import { awaitedBy, decide, isOneWay } from "../change/decide.ts";
import { stableRelease } from "../domain/releases.ts";
import { badInput } from "../errors.ts";
import { openedIn } from "../records/opened.ts";
import { approve } from "../runner/approve.ts";
import { withLease, withLeaseSoon } from "../runner/lease.ts";
import { readHistory } from "../runner/opening/history.ts";
import { heldBy, mustHaveState, type OpeningSession, openChange } from "../runner/opening/open.ts";
import { prepareRollback } from "../runner/opening/prepare-rollback.ts";
import { mustBeOwn, reopenChange, toGoBack } from "../runner/opening/reopen.ts";
import { tooLate, unclosedChange } from "../runner/resume.ts";
import type { Asked, AskedBack, AskedOfChange, StackActions } from "./actions.ts";

/** The journal and plan of a stack's change that hasn't ended. @throws Refusal (exit 2) where it has, or is another stack's */
async function openOf(session: OpeningSession, change: string, what: string) {
  const { stack } = session;
  const reopened = await reopenChange(session, change);
  const events = reopened.journal.events();
  const where = openedIn(events[0]?.data).stack ?? "no stack";
  if (where !== stack.name) throw badInput(`${change} is on ${where}, not on ${stack.name}: open its own page`);
  const { closed } = reopened.journal.progress();
  if (closed !== null) throw badInput(`${change} has ended (${closed.outcome}): there is nothing to ${what}`);
  return reopened;
}

async function approved(session: OpeningSession, { change, by, reason }: AskedOfChange): Promise<string> {
  const { given, quorum, isNew } = await withLeaseSoon(session, () => approve(session, { change, by, reason }));
  // Also where it was written before: whoever did that may have failed to say so.
  await session.store.markNews(session.stack.name);
  if (!isNew) return `${change}: ${by} has approved before; ${given} of ${quorum} approvals`;
  const next = given < quorum ? `${quorum - given} more must approve` : "it begins as soon as it may";
  return `${change}: approved by ${by}, ${given} of ${quorum} approvals: ${next}`;
}

/** Asks the runner of the change to call it off: only that runner writes its events, and the first of them that has a name is this one. */
async function calledOff(session: OpeningSession, { change, by, reason }: AskedOfChange): Promise<string> {
  const { store, stack, clock } = session;
  const { journal, plan } = toGoBack(await openOf(session, change, "abort"));
  if (journal.progress().failure !== null) throw badInput(`${change} is going back already: there is nothing to abort`);
  if (plan !== null && isOneWay(plan, journal.progress())) throw tooLate(session, journal, plan);
  const earlier = await store.askedToCallOff(change);
  if (earlier === null) await store.askToCallOff(change, { by, reason, at: new Date(clock.now()).toISOString() });
  // Also where it was asked for before: a change that waits for people hears of it by the mark alone.
  await store.markNews(stack.name);
  if (earlier !== null && earlier.by !== by)
    throw badInput(`${change}: ${earlier.by} has asked to abort it already, at ${earlier.at}`);
  return `${change}: aborted by ${by}; its runner takes the stack back now`;
}

async function resumed(session: OpeningSession, { change, by, reason }: AskedOfChange): Promise<string> {
  const { store, stack, clock } = session;
  await withLease(session, async () => {
    const { journal, plan } = mustBeOwn(await openOf(session, change, "resume"));
    const action = plan === null ? null : decide(plan, journal.progress(), clock.now());
    const until = action === null ? null : awaitedBy(action);
    if (until !== null && action !== null && "why" in action) {
      throw badInput(
        `${change} waits until ${new Date(until).toISOString()}: ${action.why}; nothing of it is due before`,
      );
    }
    await journal.write("resume-requested", null, { by, reason });
  });
  await store.markNews(stack.name);
  return `${change}: resumed by ${by}; its runner tries what is due again`;
}

async function goneBack(session: OpeningSession, { from, to, by, reason }: AskedBack): Promise<string> {
  const { store, stack, clock } = session;
  const { journal, version } = await withLeaseSoon(session, async () => {
    const base = await mustHaveState(session);
    if (base.change !== null) throw heldBy(stack.name, base.change);
    const open = await unclosedChange(store, stack.name);
    if (open !== null) {
      // It may be what this person has opened before, without being able to say so.
      await store.markNews(stack.name);
      throw badInput(`${open} is open on ${stack.name}: abort it on its own page, which is the quickest way back`);
    }
    const stable = stableRelease(base);
    if (stable.id !== from) {
      throw badInput(
        `${stack.name} has changed since this page was made: ${stable.manifest.version} (${stable.id}) has the traffic now; load the page again`,
      );
    }
    const request = { to, schema: "back", reason, startedBy: by } as const;
    const { prepared, loss } = prepareRollback(
      stack.name,
      base,
      await readHistory(session, base),
      request,
      clock.now(),
    );
    if (loss !== null)
      throw badInput(
        `${loss} If the loss is acceptable, run in a terminal: \`runbook rollback --stack ${stack.name} --to ${to}\``,
      );
    const opened = await openChange(session, prepared);
    return { journal: opened.journal, version: prepared.release.manifest.version };
  });
  await store.markNews(stack.name);
  return `${journal.change}: ${stack.name} goes back to ${version}, started by ${by}`;
}

/**
 * What people do with a stack, by the runner's own functions: what the commands refuse is refused here in the same words.
 * @param open a session whose settings are today's
 */
export function sessionActions(open: () => Promise<OpeningSession>): StackActions {
  const doing = <What extends Asked>(work: (session: OpeningSession, asked: What) => Promise<string>) => {
    return async (asked: What) => work(await open(), asked);
  };
  return { approve: doing(approved), abort: doing(calledOff), resume: doing(resumed), rollback: doing(goneBack) };
}
