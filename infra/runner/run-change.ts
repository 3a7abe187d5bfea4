import { plannedIn } from "../runbooks/planned.ts";
import type { Run, RunResult } from "./effect.ts";
import { midway } from "./midway.ts";
import { respond } from "./respond/respond.ts";
import { run } from "./run.ts";
import type { RecoverySession } from "./session.ts";

/** Runs a change as far as it can go now: an incident is answered look by look, every other runbook step by step. */
export async function runChange(change: Run<RecoverySession>): Promise<RunResult> {
  const { session, journal } = change;
  const planned = plannedIn(journal.events());
  if (planned?.success === false) throw planned.error;
  const input = planned?.data;
  // One that is called off goes back as every other change does.
  if (input?.runbook !== "incident" || journal.progress().failure !== null) return run(change);
  try {
    return await respond(change, { limits: input.limits, settings: session.settings.incident });
  } catch (error) {
    throw midway(error, session.stack.name, journal);
  }
}
