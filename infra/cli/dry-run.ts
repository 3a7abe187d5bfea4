import type { Admission } from "../admission/admission.ts";
import { windowAt } from "../admission/calendar.ts";
import { formatDuration } from "../domain/durations.ts";
import { output } from "../records/redaction/captured-output.ts";
import { planOf } from "../runbooks/index.ts";
import { inputOf, type Prepared } from "../runner/opening/open.ts";
import { mustFindOpenChange } from "../runner/resume.ts";
import type { Session } from "../runner/session.ts";
import { readStanding } from "../runner/status.ts";
import { changeText } from "./change-text.ts";

export const UNCHANGED = "Nothing was changed (--dry-run).";

/** What stands before the first step, for people (pure). */
export function conditions(admission: Admission | null, now: number): string[] {
  if (admission === null) return [];
  const { author, calendar, override, quorum } = admission;
  if (override !== null) return [`the change rules are overridden: ${override}`];
  const people = quorum === 1 ? "one person" : `${quorum} people`;
  const approvals = quorum === 0 ? [] : [`first ${people} other than ${author} must approve`];
  const window = calendar === null ? null : windowAt(calendar, now);
  if (window === null || window.open) return approvals;
  const until = window.opensAt === null ? "" : `: it waits until ${new Date(window.opensAt).toISOString()}`;
  return [...approvals, `${window.why}${until}`];
}

/** Tells what a change would need and do. */
export function printPlan(session: Session, prepared: Prepared, admission: Admission | null): void {
  const { clock, onCall, stack } = session;
  const plan = planOf("", inputOf(session, prepared, ""));
  const steps = plan.steps.map(({ title, gates, bakeFor, due }, index) => {
    const wait = due === null ? "" : `, ${formatDuration(due.offset * clock.scale)} after ${due.after}`;
    const bake = bakeFor === 0 ? "" : `, green for ${formatDuration(bakeFor * clock.scale)}`;
    return `${index + 1}. ${title}${wait}${gates.length === 0 ? "" : ` | gates: ${gates.join(", ")}${bake}`}`;
  });
  const { release, stable } = plan;
  const what = `${plan.runbook} of ${release.manifest.version} (${release.id}) on ${stack.name}, in place of ${stable?.manifest.version ?? "nothing"}; on call: ${onCall}`;
  output.write(`${[what, ...conditions(admission, clock.now()), ...steps, UNCHANGED].join("\n")}\n`);
}

/**
 * Tells how the stack's open change stands, and what the command would do.
 * @throws Refusal (exit 2) where none is open
 */
export async function printOpen(session: Session, would: string): Promise<void> {
  await mustFindOpenChange(session);
  const { status } = await readStanding(session);
  output.write(`${[...changeText(status, Date.now()), would, UNCHANGED].join("\n")}\n`);
}
