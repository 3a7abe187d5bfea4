import { setTimeout as delay } from "node:timers/promises";
import { Command } from "commander";
import { z } from "zod";
import { readStatus, type Status } from "../../changes/status.ts";
import { leaveSignal } from "../carry-out.ts";
import { reporterFor, sessionFor } from "../options.ts";

const optionsSchema = z.object({
  stack: z.string(),
  json: z.literal(true).optional(),
  watch: z.literal(true).optional(),
  records: z.string().optional(),
});

const WATCH_EVERY = 2_000;

/** The status as people read it. */
export function statusText(status: Status): string {
  const releases = status.releases.map(
    ({ id, version, weight, ready, desired }) =>
      `  ${String(weight).padStart(3)} %  ${version}  ${id}  ${ready}/${desired} ready`,
  );
  const change = status.change;
  const targets = status.rollbackTargets.map(
    ({ version, legal, why }) => `  ${legal ? "yes" : "no "}  ${version}: ${why}`,
  );
  const secrets = Object.entries(status.secrets).map(
    ([name, { current, pending, ageDays }]) =>
      `  ${name}  ${current}, ${ageDays} days old${pending === null ? "" : `, ${pending} pending`}`,
  );
  return [
    `${status.stack}  ${status.gateway}`,
    ...releases,
    change === null
      ? "no change under way"
      : `${change.id} ${change.runbook}: ${change.step ?? "-"}, ${change.state}${change.resumeAt === null ? "" : ` until ${change.resumeAt}`}; on call: ${change.onCall}`,
    ...approvalLines(status),
    ...(targets.length === 0 ? ["no release to roll back to is known"] : ["rollback targets:", ...targets]),
    "secrets:",
    ...secrets,
  ].join("\n");
}

function approvalLines({ stack, change }: Status): string[] {
  if (change === null) return [];
  const { approvals, override, id } = change;
  const overridden = override === null ? [] : [`  the change rules are overridden: ${override}`];
  if (approvals === null) return overridden;
  const by = approvals.by.length === 0 ? "" : ` (${approvals.by.join(", ")})`;
  const count = `  ${approvals.by.length} of ${approvals.quorum} approvals${by}, until ${approvals.expiresAt}`;
  const missing = approvals.by.length < approvals.quorum;
  return [...overridden, missing ? `${count}: \`runbook approve ${id} --stack ${stack}\`` : count];
}

/** `runbook status`: what stands, what is under way, what one could go back to. */
export function statusCommand(): Command {
  return new Command("status")
    .description("Show the stack's releases, the change under way, the rollback targets and the secrets' ages.")
    .requiredOption("--stack <name>", "the stack")
    .option("--json", "as JSON")
    .option("--watch", "again every two seconds, until interrupted")
    .option(
      "--records <url>",
      "where change records are kept (else RUNBOOKS_RECORDS, else the stack's setting records)",
    )
    .action(async (raw: unknown) => {
      const { stack, json, watch, records } = optionsSchema.parse(raw);
      const session = await sessionFor(stack, { records }, reporterFor({}));
      const print = async () => {
        const status = await readStatus(session);
        process.stdout.write(`${json ? JSON.stringify(status) : statusText(status)}\n`);
      };
      await print();
      if (!watch) return;
      const signal = leaveSignal();
      while (!signal.aborted) {
        await delay(WATCH_EVERY, undefined, { signal }).catch(() => undefined);
        if (!signal.aborted) await print();
      }
    });
}
