import { unwatchedInWords } from "../change/unwatched.ts";
import type { Status } from "../runner/status.ts";

/** The change under way as people read it, with the approvals that it has (pure). */
export function changeText({ service, ...status }: Status, now: number): string[] {
  const lines = openText(status, now);
  if (service === null) return lines;
  const looked = service.lookedAt === null ? "hasn't looked yet" : `last looked at ${service.lookedAt}`;
  return [...lines, `run by the service: ${service.who} since ${service.since}, ${looked}`];
}

function openText({ stack, change }: Pick<Status, "stack" | "change">, now: number): string[] {
  if (change === null) return ["no change under way"];
  const { approvals, id, onCall, override, resumeAt, runbook, state, step, unwatchedSince } = change;
  const until =
    resumeAt === null
      ? ""
      : Date.parse(resumeAt) > now
        ? ` until ${resumeAt}`
        : `, due since ${resumeAt} (\`runbook resume --stack ${stack}\`)`;
  const lines = [`${id} ${runbook}: ${step ?? "before its first step"}, ${state}${until}; on call: ${onCall}`];
  if (unwatchedSince !== null) lines.push(`  ${unwatchedInWords(unwatchedSince)}: \`runbook resume --stack ${stack}\``);
  if (override !== null) lines.push(`  the change rules are overridden: ${override}`);
  if (approvals === null) return lines;
  const by = approvals.by.length === 0 ? "" : ` (${approvals.by.join(", ")})`;
  const count = `  ${approvals.by.length} of ${approvals.quorum} approvals${by}, until ${approvals.expiresAt}`;
  const missing = approvals.by.length < approvals.quorum;
  return [...lines, missing ? `${count}: \`runbook approve ${id} --stack ${stack}\`` : count];
}
