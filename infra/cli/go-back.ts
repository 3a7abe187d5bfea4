import type { Plan } from "../change/plan.ts";
import { waitingChange } from "../change/waiting.ts";
import { type Release, type ReleaseState, stableRelease, stateHash } from "../domain/releases.ts";
import { EXIT } from "../errors.ts";
import { type Asking, withLeaseOrAsk } from "../runner/ask-call-off.ts";
import type { RunResult } from "../runner/effect.ts";
import type { Journal } from "../runner/journal.ts";
import { readHistory } from "../runner/opening/history.ts";
import { heldBy, mustHaveState, openChange } from "../runner/opening/open.ts";
import { prepareRollback, type RollbackRequest } from "../runner/opening/prepare-rollback.ts";
import { reopenChange } from "../runner/opening/reopen.ts";
import { endOvertaken, isOvertaken } from "../runner/recovery.ts";
import { type Abort, abortChange, findOpenChange } from "../runner/resume.ts";
import { run } from "../runner/run.ts";
import type { RecoverySession, Session } from "../runner/session.ts";
import { stateIn } from "../stack/stack.ts";
import { conclude } from "./conclude.ts";
import { confirm } from "./confirm.ts";
import { endDryRun, planLines } from "./dry-run.ts";
import { handOver, serviceFor, tellOnStderr } from "./hand-over.ts";
import type { Common } from "./options.ts";
import { leaveSignal, resultOf } from "./run-request.ts";

const isMeant = (release: Release, to: string | null): boolean =>
  to === null || to === release.id || to === release.manifest.version;

/** Whether the end of this change is all that was asked for: an incident has moved nothing, so that the way back is still to be gone (pure). */
const isAll = (plan: Plan, to: string | null): boolean =>
  plan.runbook !== "incident" && isMeant(stableRelease(plan.base), to);

const abortOf = ({ reason, startedBy }: RollbackRequest): Abort => ({ reason: reason ?? "rollback", by: startedBy });

/** @throws Refusal (exit 4) where the change is a way back itself, or a backup is to be restored: that is decided with the stack at rest */
function mayCallOff(
  session: Pick<RecoverySession, "stack" | "onCall">,
  request: RollbackRequest,
  id: string,
  plan: Plan | null,
): void {
  if (plan?.runbook !== "rollback" && request.schema !== "restore") return;
  throw heldBy(session.stack.name, { id, runbook: plan?.runbook ?? "opening", onCall: session.onCall });
}

/** Whether that the change was called off was all that was asked for; tells how it ended, if so. */
async function afterCallOff(
  session: RecoverySession,
  request: RollbackRequest,
  { journal, plan, result }: { journal: Journal; plan: Plan | null; result: RunResult },
): Promise<"all" | "more"> {
  const back = plan !== null && isAll(plan, request.to);
  if (result.exit === EXIT.restored && !back) return "more";
  // It was refused since the stack was changed after it was opened: its end brings nothing back.
  if (result.exit === EXIT.refused && plan !== null && (await isPast(session, plan.base))) return "more";
  await conclude(session, journal, result.exit === EXIT.restored ? { ...result, exit: EXIT.done } : result);
  return "all";
}

/** Whether the stack is in another state than the one that a change was to begin with. */
async function isPast({ stack }: Pick<RecoverySession, "stack">, base: ReleaseState): Promise<boolean> {
  const state = await stack.state();
  return state !== null && stateHash(state) !== stateHash(base);
}

/**
 * Calls off the change that is under way: in its canary or its checks, that is the quickest way back there is.
 * @returns whether that was all that was asked for
 */
export async function callOffFirst(
  session: RecoverySession,
  request: RollbackRequest,
  signal: AbortSignal,
  glance: ReleaseState | null,
): Promise<"all" | "more"> {
  const open = await findOpenChange(session, glance);
  if (open === null) return "more";
  const reopened = await reopenChange(session, open.change);
  const { plan } = reopened;
  // Another runner has ended it since the glance.
  if (glance !== null && reopened.journal.progress().closed !== null)
    return callOffFirst(session, request, signal, null);
  // One that has done nothing since the stack was changed isn't what is to be gone back from. An older one may be left, too.
  if ((await endOvertaken(session, reopened, open.state)) !== null)
    return callOffFirst(session, request, signal, glance);
  mayCallOff(session, request, open.change, plan);
  const begun = (await waits(session, open.change)) ? null : plan;
  const { journal, result } = await abortChange(session, abortOf(request), { whenWaiting: "stay", signal }, open);
  return afterCallOff(session, request, { journal, plan: begun, result });
}

/** Whether a change has yet to begin: it has moved nothing, so that calling it off brings nothing back. */
async function waits({ stack, store, clock }: RecoverySession, change: string): Promise<boolean> {
  return (await waitingChange(store, stack.name, clock.now()))?.id === change;
}

async function mayBegin(session: Session, request: RollbackRequest) {
  const base = await mustHaveState(session);
  const history = await readHistory(session, base);
  return prepareRollback(session.stack.name, base, history, request, session.clock.now());
}

async function beginLines(session: Session, request: RollbackRequest): Promise<string[]> {
  const { prepared, loss } = await mayBegin(session, request);
  return [...(loss === null ? [] : [loss]), ...planLines(session, prepared, null)];
}

/** What the command would do, a line each. */
async function wayLines(session: Session, request: RollbackRequest): Promise<string[]> {
  const open = await findOpenChange(session);
  if (open === null) return beginLines(session, request);
  const { plan, journal } = await reopenChange(session, open.change);
  if (plan !== null && open.state !== null && isOvertaken({ journal, plan }, open.state)) {
    const closed = `${open.change} has done nothing, and ${session.stack.name} was changed since it was opened: it would be closed.`;
    return [closed, ...(await beginLines(session, request))];
  }
  mayCallOff(session, request, open.change, plan);
  const all = plan !== null && isAll(plan, request.to) && !(await waits(session, open.change));
  return [
    `${open.change} is under way on ${session.stack.name}: it would be called off, which brings its weights and releases back to where they were.`,
    ...(all ? [] : [`Then the stack would go back to ${request.to ?? "the release before"}.`]),
  ];
}

/**
 * Takes the stack back: by calling off the change under way, or to a release that stood before.
 * @param outputs the stack's, asked for a moment ago; where they can't be read, they are asked for again
 */
export async function goBack(
  session: Session,
  request: RollbackRequest,
  common: Common,
  outputs: Promise<string>,
): Promise<void> {
  const signal = leaveSignal();
  if (common.dryRun) return endDryRun(common, await wayLines(session, request));
  const asking: Asking = {
    abort: abortOf(request),
    signal,
    mayAsk: (change, plan) => mayCallOff(session, request, change, plan),
    tell: tellOnStderr,
  };
  const service = await serviceFor(session);
  const opened = await withLeaseOrAsk(session, asking, async (ended) => {
    // One that was done before it could be called off is gone back from like any other.
    if (ended !== null && resultOf(ended.journal).exit !== EXIT.done) {
      const result = resultOf(ended.journal);
      if ((await afterCallOff(session, request, { ...ended, result })) === "all") return null;
    }
    const glance =
      ended === null ? await outputs.then((printed) => stateIn(session.stack.name, printed)).catch(() => null) : null;
    if ((await callOffFirst(session, request, signal, glance)) === "all") return null;
    const { prepared, loss } = await mayBegin(session, request);
    if (loss !== null) await confirm({ loss, word: session.stack.name, yes: common.yes === true });
    const change = await openChange(session, prepared);
    if (service !== null) return change;
    await conclude(session, change.journal, await run({ session, ...change, whenWaiting: "stay", signal }));
    return null;
  });
  if (opened !== null && service !== null) await handOver(session, opened.journal, service, { stays: true, signal });
}
