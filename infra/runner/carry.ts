import type { Plan } from "../change/plan.ts";
import { inputSchema } from "../runbooks/index.ts";
import type { Journal } from "./journal.ts";
import { midway } from "./midway.ts";
import { respond } from "./respond/respond.ts";
import { type RunOptions, type RunResult, run } from "./run.ts";
import type { CarrySession } from "./session.ts";

/** Carries a change as far as it can go now: an incident is answered look by look, every other runbook step by step. */
export async function carryChange(
  session: CarrySession,
  journal: Journal,
  plan: Plan,
  options: RunOptions,
): Promise<RunResult> {
  const planned = journal.events().find(({ type }) => type === "planned");
  const input = planned === undefined ? null : inputSchema.parse(planned.data);
  // One that is called off goes back as every other change does.
  if (input?.runbook !== "incident" || journal.progress().failure !== null) return run(session, journal, plan, options);
  const { limits } = input;
  try {
    return await respond({ session, journal, plan, limits, settings: session.settings.incident }, options);
  } catch (error) {
    throw midway(error, session.stack.name, journal);
  }
}
