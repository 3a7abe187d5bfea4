import { badInput, busy, EXIT, type Exit } from "../errors.ts";
import { withLeaseOrAsk } from "../runner/ask-call-off.ts";
import type { RunResult } from "../runner/effect.ts";
import { exitOf } from "../runner/effects/end.ts";
import type { Journal } from "../runner/journal.ts";
import { withLease } from "../runner/lease.ts";
import { admissionFor, openChange, prepare, type Request } from "../runner/opening/open.ts";
import { reopenChange } from "../runner/opening/reopen.ts";
import { turnsAfter } from "../runner/opening/rotation-turns.ts";
import { prepareReplacement } from "../runner/replace.ts";
import { type Abort, abortChange, mustFindOpenChange, resumeChange } from "../runner/resume.ts";
import { run } from "../runner/run.ts";
import type { Session } from "../runner/session.ts";
import { conclude } from "./conclude.ts";
import { endDryRun, openLines, planLines } from "./dry-run.ts";
import { handOver, openAndRun, serviceFor, tellOnStderr } from "./hand-over.ts";
import { onInterruption } from "./interruption.ts";
import type { Common } from "./options.ts";

/** How a change ends after which nothing of it is left on the stack: taken back, or refused before it changed anything. */
const LEAVES_NOTHING: ReadonlySet<Exit> = new Set([EXIT.restored, EXIT.refused, EXIT.policy, EXIT.busy]);

/** A signal that fires when the process is asked to leave. */
export function leaveSignal(): AbortSignal {
  const controller = new AbortController();
  onInterruption(() => controller.abort());
  return controller.signal;
}

/** Checks the request, opens the change and runs it as far as it goes now. */
export async function runRequest(session: Session, request: Request, common: Common): Promise<void> {
  const signal = leaveSignal();
  const whenWaiting = common.wait ? "stay" : "leave";
  const replacement = common.supersede ? await prepareReplacement(session, request) : null;
  if (replacement !== null && common.dryRun) {
    const first = `${replacement.replaces} is under way on ${session.stack.name}: it would be aborted first`;
    return endDryRun(common, [first, ...planLines(session, replacement.prepared, replacement.admission)]);
  }
  if (replacement !== null) await abortFirst(session, request, replacement.replaces, signal);
  const prepared = await prepare(session, request);
  if (common.dryRun) return endDryRun(common, planLines(session, prepared, await admissionFor(session, prepared)));
  await openAndRun(
    session,
    { stays: common.wait === true, signal },
    () => openChange(session, prepared),
    (opened) => run({ session, ...opened, whenWaiting, signal }),
  );
}

async function abortFirst(session: Session, request: Request, change: string, signal: AbortSignal): Promise<void> {
  const abort: Abort = { reason: `superseded by ${request.manifest.version}`, by: request.startedBy };
  const { result } = await endChange(session, abort, signal);
  if (LEAVES_NOTHING.has(result.exit)) return;
  const { name } = session.stack;
  throw busy(`${change} couldn't be aborted (exit ${result.exit}): look at it with \`runbook status --stack ${name}\``);
}

/** Calls the stack's open change off: by itself, or through the runner that is at work on it, which then goes back. */
async function endChange(session: Session, abort: Abort, signal: AbortSignal) {
  const asking = { abort, signal, mayAsk: () => undefined, tell: tellOnStderr };
  return withLeaseOrAsk(session, asking, async (ended) => {
    if (ended === null) return abortChange(session, abort, { whenWaiting: "stay", signal });
    const { journal } = ended;
    const result = resultOf(journal);
    if (result.exit !== EXIT.done) return { journal, result };
    throw badInput(
      `${journal.change} had ended before it could be aborted: \`runbook rollback --stack ${session.stack.name}\` takes the stack back`,
    );
  });
}

/** How a closed change ended. */
export function resultOf(journal: Journal): RunResult {
  return { exit: exitOf(journal), resumeAt: null };
}

/** Takes up the stack's open change; answers how it ended, and whose turn is next where it ended well. */
export async function resumeOpen(
  session: Session,
  common: Common,
): Promise<{ exit: Exit; afterwards: readonly string[] }> {
  const signal = leaveSignal();
  const options = { whenWaiting: common.wait ? "stay" : "leave", signal } as const;
  // What overrides the rules is written into the record by whoever has the lease.
  const service = common.override === undefined ? await serviceFor(session) : null;
  if (service !== null) {
    const { change } = await mustFindOpenChange(session);
    const { journal } = await reopenChange(session, change);
    const exit = await handOver(session, journal, service, { stays: common.wait === true, signal });
    return { exit, afterwards: exit === EXIT.done ? turnsAfter(journal.events()) : [] };
  }
  return withLease(session, async () => {
    const { journal, result } = await resumeChange(session, options);
    await conclude(session, journal, result);
    return { exit: result.exit, afterwards: turnsAfter(journal.events()) };
  });
}

/** Ends the stack's open change and brings the stack back. */
export async function callOff(session: Session, abort: Abort, common: Common): Promise<void> {
  if (common.dryRun) {
    const would = "Aborting ends it: the weights and releases go back to what they were before it.";
    return endDryRun(common, [...(await openLines(session)), would]);
  }
  const { journal, result } = await endChange(session, abort, leaveSignal());
  const exit: Exit = LEAVES_NOTHING.has(result.exit) ? EXIT.done : result.exit;
  await conclude(session, journal, { ...result, exit });
}
