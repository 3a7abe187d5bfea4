import type { Step } from "../../change/plan.ts";
import type { Run } from "../effect.ts";
import { knownState } from "./known-state.ts";
import { stuckAt } from "./stuck.ts";

/**
 * Looks before a step whether what must always hold still does, by what is observed; after the last step once more. A breach is
 * the step's failure.
 */
export async function heedInvariants(run: Run, step: Step): Promise<"kept" | "broken"> {
  const { session, journal, plan, signal } = run;
  if (session.invariants === undefined || plan.rotation === undefined) return "kept";
  const state = knownState(run);
  const now = session.clock.now();
  const { breaches, unknown } = await session.invariants({ change: journal.change, plan, step, state, signal, now });
  await journal.write("invariants", step.name, { breaches: [...breaches], unknown });
  if (breaches.length === 0) return "kept";
  if (step.onFailure === "stop") throw await stuckAt(run, step, breaches);
  await journal.write("failed", step.name, { reason: `before "${step.title}": ${breaches.join("; ")}` });
  return "broken";
}
