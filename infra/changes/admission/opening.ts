import { EXIT, Refusal } from "../refusal.ts";
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

/**
 * What a change needs before its first step, from the settings (pure); null where it needs nothing.
 * @throws Refusal (exit 2) where it may not begin now and nobody has to approve it first
 */
export function admissionOf(rules: ChangeRules | undefined, opening: Opening): Admission | null {
  const { runbook, author, override, now, stack } = opening;
  if (rules === undefined || FREE.has(runbook)) return null;
  const { approvals, timeZone, windows, freezes } = rules;
  const admission: Admission = {
    author,
    quorum: override === null ? (approvals?.quorum ?? 0) : 0,
    expiresAt: new Date(now + (approvals?.expireAfter ?? 0)).toISOString(),
    approvers: approvals?.approvers ?? null,
    aliases: approvals?.aliases ?? {},
    calendar: override === null ? { timeZone, windows, freezes } : null,
    override,
  };
  const answer = admittance(admission, [], now);
  if (answer.kind !== "closed") return admission;
  const opens =
    answer.until === null
      ? "it doesn't open in the next 400 days"
      : `it opens at ${new Date(answer.until).toISOString()}`;
  throw new Refusal({
    exit: EXIT.refused,
    problems: [
      `changes on ${stack} may not begin now: ${answer.why}; ${opens}: wait for it, or give --override "REASON", which the record keeps (a rollback is always free)`,
    ],
  });
}
