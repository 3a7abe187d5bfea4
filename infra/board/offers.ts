import { admittance } from "../admission/admission.ts";
import { progressOf } from "../change/progress.ts";
import type { ChangeEvent } from "../records/events.ts";

/** What a person may do with an open change. */
export const CHANGE_ACTIONS = ["approve", "abort", "resume"] as const;
export type ChangeAction = (typeof CHANGE_ACTIONS)[number];

/** What can be done with a change as its record stands (pure); whether this person may is asked when it is done. */
export function offersOf(events: readonly ChangeEvent[], now: number): ChangeAction[] {
  const { admission, approvals, closed, failure, round, startedAt, stepIndex } = progressOf(events);
  if (events.length === 0 || closed !== null) return [];
  const begun = startedAt !== null || stepIndex > 0;
  const awaits = admission !== null && !begun && admittance(admission, approvals, now).kind === "approval";
  return [
    ...(awaits || round?.waitsFor === "person" ? (["approve"] as const) : []),
    ...(failure === null ? (["abort"] as const) : []),
    "resume",
  ];
}
