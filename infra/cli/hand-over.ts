import type { Plan } from "../change/plan.ts";
import { printable } from "../domain/plain-text.ts";
import { EXIT, type Exit, Refusal } from "../errors.ts";
import { errorOutput } from "../records/redaction/captured-output.ts";
import type { RunResult } from "../runner/effect.ts";
import { followChange } from "../runner/follow.ts";
import type { Journal } from "../runner/journal.ts";
import { withLease } from "../runner/lease.ts";
import { resumeChange } from "../runner/resume.ts";
import { findService, type RunningService } from "../runner/running-service.ts";
import type { Session } from "../runner/session.ts";
import { conclude } from "./conclude.ts";

/** A change that a command has just opened. */
export interface Opened {
  journal: Journal;
  plan: Plan;
}

export interface Staying {
  /** whether the command stays to the change's end, or leaves once somebody else runs it */
  stays: boolean;
  signal: AbortSignal;
}

export function tellOnStderr(text: string): void {
  errorOutput.write(`${printable(text)}\n`);
}

/** The service that runs the stack's changes, where the settings say that one does; null where the command is to run them itself. */
export async function serviceFor(session: Session): Promise<RunningService | null> {
  if (session.settings.runner === "command") return null;
  const service = await findService(session);
  if (service !== null) return service;
  tellOnStderr(
    `no service was seen that runs the changes of ${session.stack.name} (production-runbooks:runner is cluster): this command runs it itself`,
  );
  return null;
}

/**
 * Opens a change with the stack's lease, and has it run: by the service where one is there for it, else by this command.
 * @returns the exit code, which is set
 */
export async function openAndRun(
  session: Session,
  staying: Staying,
  open: () => Promise<Opened>,
  run: (opened: Opened) => Promise<RunResult>,
): Promise<Exit> {
  const service = await serviceFor(session);
  if (service !== null) {
    const { journal } = await withLease(session, open);
    return handOver(session, journal, service, staying);
  }
  return withLease(session, async () => {
    const opened = await open();
    const result = await run(opened);
    await conclude(session, opened.journal, result);
    return result.exit;
  });
}

/** Leaves a change to the service that runs it: at once, or after it has been followed to its end. */
export async function handOver(
  session: Session,
  journal: Journal,
  service: RunningService,
  staying: Staying,
): Promise<Exit> {
  const { store, stack } = session;
  const { change } = journal;
  await store.markNews(stack.name);
  tellOnStderr(`${change} is run by the service on ${stack.name} (${service.who})`);
  if (!staying.stays) {
    await conclude(session, journal, { exit: EXIT.waiting, resumeAt: null });
    return EXIT.waiting;
  }
  return followToEnd(session, change, journal.progress().seq, staying);
}

/** Follows a change to its end; runs it where the service is gone. */
async function followToEnd(session: Session, change: string, shown: number, { signal }: Staying): Promise<Exit> {
  for (let after = shown; ; ) {
    const isRunning = async () => (await findService(session)) !== null;
    const { journal, result } = await followChange(session, change, { after, signal, isRunning });
    if (result !== "abandoned") {
      await conclude(session, journal, result);
      return result.exit;
    }
    after = journal.progress().seq;
    tellOnStderr(`the service that ran ${change} hasn't been seen for a while: this command goes on with it`);
    const taken = await withLease(session, () => resumeChange(session, { whenWaiting: "stay", signal })).catch(
      (error: unknown) => {
        if (error instanceof Refusal && error.exit === EXIT.busy) return null;
        throw error;
      },
    );
    if (taken === null) continue;
    await conclude(session, taken.journal, taken.result);
    return taken.result.exit;
  }
}
