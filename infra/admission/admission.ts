import { z } from "zod";
import { calendarSchema, windowAt } from "./calendar.ts";
import { folded, isSamePerson } from "./identity.ts";

/** What a change needs before its first step: written into its record when it is opened, so that later settings don't alter it. */
export const admissionSchema = z.strictObject({
  author: z.string(),
  /** how many others must approve; 0: nobody need */
  quorum: z.int().min(0),
  /** ISO 8601: approvals after this don't count, and a change without them ends */
  expiresAt: z.iso.datetime(),
  /** who may approve; null: anyone but the author */
  approvers: z.array(z.string()).nullable(),
  aliases: z.record(z.string(), z.array(z.string())),
  /** null: a change may begin at any time, or the calendar was overridden */
  calendar: calendarSchema.nullable(),
  /** why the calendar and the approvals were overridden; null where they weren't */
  override: z.string().nullable(),
});

export type Admission = z.infer<typeof admissionSchema>;

export const approvalSchema = z.strictObject({ by: z.string(), reason: z.string().nullable() });
export type Approval = z.infer<typeof approvalSchema> & { at: number };

/** Whether a change may begin now. */
export type Admittance =
  | { kind: "admitted" }
  | { kind: "approval"; missing: number; until: number }
  | { kind: "closed"; why: string; until: number | null }
  | { kind: "expired"; why: string };

/** The approvals that count: in time, each person's first, and never the author's (pure). */
export function valid(admission: Admission, approvals: readonly Approval[]): Approval[] {
  const counted: Approval[] = [];
  for (const approval of approvals) {
    if (approvalProblem(admission, counted, approval) === null) counted.push(approval);
  }
  return counted;
}

/** Whose word counts for a change. */
type Approvers = Pick<Admission, "author" | "approvers" | "aliases">;

/** Why a person's word doesn't count for a change, whenever it is given, or null where it does (pure). */
export function approverProblem({ author, approvers, aliases }: Approvers, by: string): string | null {
  const same = (other: string) => isSamePerson(by, other, aliases);
  if (folded(by) === "") return "no approver is named: give --as NAME";
  if (same(author)) return `${by} is the author (${author}): somebody else must approve`;
  if (approvers === null || approvers.some(same)) return null;
  return `${by} is not among the approvers of the settings (${approvers.join(", ")}): one of them must approve`;
}

/** Why an approval doesn't count, or null where it does (pure). */
export function approvalProblem(
  admission: Admission,
  earlier: readonly Approval[],
  { by, at }: Pick<Approval, "by" | "at">,
): string | null {
  const { aliases, expiresAt } = admission;
  const problem = approverProblem(admission, by);
  if (problem !== null) return problem;
  if (at >= Date.parse(expiresAt)) return `the time to approve ended at ${expiresAt}: open the change again`;
  const before = earlier.find((one) => isSamePerson(by, one.by, aliases));
  return before === undefined ? null : `${by} has approved already (as ${before.by}): another person must`;
}

/** Whether a change may begin at an instant (pure). The calendar is asked again after the approvals: they may have taken days. */
export function admittance(admission: Admission, approvals: readonly Approval[], now: number): Admittance {
  const missing = admission.quorum - valid(admission, approvals).length;
  const until = Date.parse(admission.expiresAt);
  if (missing > 0) {
    if (now < until) return { kind: "approval", missing, until };
    return {
      kind: "expired",
      why: `${missing} of ${admission.quorum} approvals were missing at ${admission.expiresAt}`,
    };
  }
  if (admission.calendar === null) return { kind: "admitted" };
  const window = windowAt(admission.calendar, now);
  return window.open ? { kind: "admitted" } : { kind: "closed", why: window.why, until: window.opensAt };
}
