import type { Plan, Step } from "../../change/plan.ts";
import type { Journal } from "../journal.ts";
import type { RunnerSession } from "../session.ts";
import { knownState } from "./standing.ts";
import { stuck } from "./stuck.ts";

/**
 * Looks before a step whether what must always hold still does, by what is observed; after the last step once more. A breach is
 * the step's failure.
 */
export async function heedInvariants(
  session: RunnerSession,
  journal: Journal,
  plan: Plan,
  step: Step,
  signal: AbortSignal,
): Promise<"kept" | "broken"> {
  if (session.invariants === undefined || plan.rotation === undefined) return "kept";
  const state = knownState(journal, plan);
  const now = session.clock.now();
  const { breaches, unknown } = await session.invariants({ plan, step, state, signal, now });
  await journal.write("invariants", step.name, { breaches: [...breaches], unknown });
  if (breaches.length === 0) return "kept";
  if (step.onFailure === "stop")
    throw await stuck(session, journal, step.name, `"${step.title}"`, state, [...breaches]);
  await journal.write("failed", step.name, { reason: `before "${step.title}": ${breaches.join("; ")}` });
  return "broken";
}
