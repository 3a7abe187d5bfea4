import { ZodError } from "zod";
import { admittance } from "../admission/admission.ts";
import { type Progress, progressOf } from "../change/progress.ts";
import type { ChangeEvent } from "../records/events.ts";

/** What a person may do with an open change. */
export const CHANGE_ACTIONS = ["approve", "abort", "resume"] as const;
export type ChangeAction = (typeof CHANGE_ACTIONS)[number];

/** Where a change stands; null where this program can't follow its record, such as one of another version. */
function progressIn(events: readonly ChangeEvent[]): Progress | null {
  try {
    return progressOf(events);
  } catch (error) {
    if (error instanceof ZodError) return null;
    throw error;
  }
}

/** What can be done with a change as its record stands (pure); whether this person may is asked when it is done. */
export function offersOf(events: readonly ChangeEvent[], now: number): ChangeAction[] {
  const progress = progressIn(events);
  if (progress === null || events.length === 0 || progress.closed !== null) return [];
  const { admission, approvals, failure, round, startedAt, stepIndex } = progress;
  const begun = startedAt !== null || stepIndex > 0;
  const awaits = admission !== null && !begun && admittance(admission, approvals, now).kind === "approval";
  return [
    ...(awaits || round?.waitsFor === "person" ? (["approve"] as const) : []),
    ...(failure === null ? (["abort"] as const) : []),
    "resume",
  ];
}
