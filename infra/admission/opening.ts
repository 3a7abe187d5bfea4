import { badInput } from "../errors.ts";
import { type Admission, admittance } from "./admission.ts";
import type { ChangeRules } from "./settings.ts";

/** Ways back never wait for a window or a signature. */
const FREE: ReadonlySet<string> = new Set(["rollback", "incident"]);

/** What is asked for, and by whom. */
export interface Opening {
  stack: string;
  runbook: string;
  author: string;
  override: string | null;
  /** milliseconds */
  now: number;
}

function neededBy(rules: ChangeRules | undefined, { runbook, author, override, now }: Opening): Admission | null {
  if (rules === undefined || FREE.has(runbook)) return null;
  const { approvals, timeZone, windows, freezes } = rules;
  return {
    author,
    quorum: override === null ? (approvals?.quorum ?? 0) : 0,
    expiresAt: new Date(now + (approvals?.expireAfter ?? 0)).toISOString(),
    approvers: approvals?.approvers ?? null,
    aliases: approvals?.aliases ?? {},
    calendar: override === null ? { timeZone, windows, freezes } : null,
    override,
  };
}

/** When a change may begin that may not now, in milliseconds since the epoch; null where it may, or where it never will (pure). */
export function opensAt(rules: ChangeRules | undefined, opening: Opening): number | null {
  const admission = neededBy(rules, opening);
  const answer = admission === null ? null : admittance(admission, [], opening.now);
  return answer?.kind === "closed" ? answer.until : null;
}

/**
 * What a change needs before its first step, from the settings (pure); null where it needs nothing.
 * @throws Refusal (exit 2) where it may not begin now and nobody has to approve it first
 */
export function admissionOf(rules: ChangeRules | undefined, opening: Opening): Admission | null {
  const { now, stack } = opening;
  const admission = neededBy(rules, opening);
  if (admission === null) return null;
  const answer = admittance(admission, [], now);
  if (answer.kind !== "closed") return admission;
  const opens =
    answer.until === null
      ? "it doesn't open in the next 400 days"
      : `it opens at ${new Date(answer.until).toISOString()}`;
  throw badInput(
    `no change may start on ${stack} now: ${answer.why}; ${opens}: wait, or give --override "REASON", which is kept in the record (a rollback and an incident are always allowed)`,
  );
}
