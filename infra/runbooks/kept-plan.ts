import type { Plan, RunbookName } from "../change/plan.ts";
import { openedIn } from "../records/opened.ts";

/**
 * The version of each runbook's plan. An open change is carried out with the plan that it began with, so what a runbook does anew is
 * switched on by a field of its input that older records lack; where that can't be, the version goes up, and changes that
 * were begun with an older one are refused.
 */
export const PLAN_VERSIONS: Record<RunbookName, number> = {
  deploy: 1,
  promote: 1,
  rollback: 1,
  rotate: 1,
  incident: 1,
};

/** The plan that a change began with, as its record keeps it. */
export interface KeptPlan {
  version: number;
  /** the steps' names, in their order; null in records that were begun without them */
  steps: readonly string[] | null;
  /** the commit of the program that began it; null where it wasn't known */
  commit: string | null;
}

/** What the first event of a change says of its plan; records from before versions were kept have version 1. */
export function keptPlanIn(opened: unknown): KeptPlan {
  const { plan, planVersion = 1, program } = openedIn(opened);
  return { version: planVersion, steps: plan ?? null, commit: program ?? null };
}

/** What goes into the first event of a change. */
export function keepPlan({ runbook, steps }: Pick<Plan, "runbook" | "steps">, commit: string | null) {
  return { plan: steps.map(({ name }) => name), planVersion: PLAN_VERSIONS[runbook], program: commit };
}

function firstDifference(kept: readonly string[], now: readonly string[]): string {
  const at = kept.findIndex((name, index) => name !== now[index]);
  const place = at === -1 ? kept.length : at;
  return `step ${place + 1} was "${kept[place] ?? "the end"}" and would be "${now[place] ?? "the end"}" now`;
}

/**
 * How the plan that this program makes differs from the one that a change began with (pure); null where it doesn't.
 * @param finished the names of the steps that have ended, in their order
 */
export function planDifference(
  kept: KeptPlan,
  { runbook, steps }: Pick<Plan, "runbook" | "steps">,
  finished: readonly string[],
): string | null {
  const version = PLAN_VERSIONS[runbook];
  if (kept.version !== version)
    return `it began with version ${kept.version} of the plan of ${runbook}, and this program has ${version}`;
  const names = steps.map(({ name }) => name);
  const expected = kept.steps ?? finished;
  const made = kept.steps === null ? names.slice(0, finished.length) : names;
  if (expected.join("\n") !== made.join("\n")) return firstDifference(expected, made);
  const done = names.slice(0, finished.length);
  return finished.join("\n") === done.join("\n") ? null : firstDifference(finished, done);
}
