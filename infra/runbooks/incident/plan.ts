import type { Plan } from "../../change/plan.ts";
import type { RunbookInput } from "../input.ts";

export type IncidentInput = Extract<RunbookInput, { runbook: "incident" }>;

/**
 * Runbook 4: a database connectivity incident. It is no list of steps: what comes next depends on what is seen, so
 * `decideIncident` says it anew after every look, and the plan holds what calling it off goes back to.
 */
export function incident({ base, release, timing }: IncidentInput): Plan {
  return { runbook: "incident", steps: [], release, stable: release, base, undo: null, timing };
}
