import type { Admission } from "../admission/admission.ts";
import { windowAt } from "../admission/calendar.ts";
import { formatDuration } from "../domain/durations.ts";
import { EXIT } from "../errors.ts";
import { output } from "../records/redaction/captured-output.ts";
import { planOf } from "../runbooks/index.ts";
import { inputOf, type Prepared } from "../runner/opening/open.ts";
import { mustFindOpenChange } from "../runner/resume.ts";
import type { Session } from "../runner/session.ts";
import { readStanding } from "../runner/status.ts";
import { changeText } from "./change-text.ts";
import type { Common } from "./options.ts";

const UNCHANGED = "Nothing was changed (--dry-run).";

/** Ends a command that has changed nothing: its lines for people, or one result with `--json`. */
export function endDryRun({ json }: Pick<Common, "json">, lines: readonly string[]): void {
  const result = { type: "result", exit: EXIT.done, change: null, dryRun: true, lines };
  output.write(json === true ? `${JSON.stringify(result)}\n` : `${[...lines, UNCHANGED].join("\n")}\n`);
}

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

/** What a change would need and do, a line each. */
export function planLines(session: Session, prepared: Prepared, admission: Admission | null): string[] {
  const { clock, onCall, stack } = session;
  const plan = planOf("", inputOf(session, prepared, ""));
  const steps = plan.steps.map(({ title, gates, bakeFor, due }, index) => {
    const wait = due === null ? "" : `, ${formatDuration(due.offset * clock.scale)} after ${due.after}`;
    const bake = bakeFor === 0 ? "" : `, green for ${formatDuration(bakeFor * clock.scale)}`;
    return `${index + 1}. ${title}${wait}${gates.length === 0 ? "" : ` | gates: ${gates.join(", ")}${bake}`}`;
  });
  const { release, stable } = plan;
  const what = `${plan.runbook} of ${release.manifest.version} (${release.id}) on ${stack.name}, in place of ${stable?.manifest.version ?? "nothing"}; on call: ${onCall}`;
  return [what, ...conditions(admission, clock.now()), ...steps];
}

/**
 * How the stack's open change stands, a line each.
 * @throws Refusal (exit 2) where none is open
 */
export async function openLines(session: Session): Promise<string[]> {
  await mustFindOpenChange(session);
  const { status } = await readStanding(session);
  return changeText(status, Date.now());
}
