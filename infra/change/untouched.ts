import type { ChangeEvent } from "../records/events.ts";
import type { Plan, Step } from "./plan.ts";
import type { Progress } from "./progress.ts";

/** Whether a step does nothing before its first update, which the record tells of (pure). */
const waitsForUpdate = ({ touches, task, tells }: Step): boolean =>
  touches !== "nothing" || (task === null && tells === "nobody");

/**
 * Whether a change has done nothing yet, on its stack or outside (pure): neither an update nor a task was begun. A task may have done
 * its work before its runner died, without a word in the record; so may a step that this plan doesn't know.
 */
export function hasDoneNothing(
  { steps }: Pick<Plan, "steps">,
  { stackTouched }: Pick<Progress, "stackTouched">,
  events: readonly Pick<ChangeEvent, "type" | "step">[],
): boolean {
  const harmless = new Set<string | null>(steps.filter(waitsForUpdate).map(({ name }) => name));
  return !stackTouched && events.every(({ type, step }) => type !== "step-started" || harmless.has(step));
}
