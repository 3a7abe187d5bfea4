import { Command } from "commander";
import { z } from "zod";
import { EXIT } from "../../errors.ts";
import { output } from "../../records/redaction/captured-output.ts";
import { approve } from "../../runner/approve.ts";
import { withLeaseSoon } from "../../runner/lease.ts";
import { readService } from "../../runner/running-service.ts";
import { reporterFor, sessionFor } from "../opening.ts";
import { recordsOption, startedBy } from "../options.ts";

const optionsSchema = z.object({
  stack: z.string(),
  as: z.string().optional(),
  reason: z.string().optional(),
  records: z.string().optional(),
  configFile: z.string().optional(),
  json: z.literal(true).optional(),
});

/** `runbook approve`: agree to somebody else's change. */
export function approveCommand(): Command {
  return new Command("approve")
    .description(
      "Approve a change that waits for approval. Its author can't, under any spelling of the name. `runbook resume` then continues it.",
    )
    .argument("<id>", "the change, such as CHG-2026-11-22-001")
    .requiredOption("--stack <name>", "the stack that the change is on")
    .option("--as <name>", "who approves (else GITHUB_ACTOR, GITLAB_USER_LOGIN or the user of this machine)")
    .option("--reason <text>", "why, for the change record")
    .addOption(recordsOption())
    .option("--config-file <file>", "read the settings from this file instead of Pulumi.STACK.yaml")
    .option("--json", "one event per line on stdout; the last one is the result")
    .action(async (change: string, raw: unknown) => {
      const { stack, as, reason, ...common } = optionsSchema.parse(raw);
      const session = await sessionFor(stack, common, reporterFor(common));
      const by = (as ?? startedBy()).trim();
      const { given, quorum, isNew } = await withLeaseSoon(session, () =>
        approve(session, { change, by, reason: reason ?? null }),
      );
      await session.store.markNews(stack);
      const record = await session.store.location(change);
      if (common.json) {
        output.write(`${JSON.stringify({ type: "result", exit: EXIT.done, change, record, given, quorum })}\n`);
        return;
      }
      const service = given < quorum || session.settings.runner === "command" ? null : await readService(session);
      const goesOn =
        service === null ? `run \`runbook resume --stack ${stack}\`` : `the service goes on (${service.who})`;
      const next = given < quorum ? `${quorum - given} more must approve` : goesOn;
      output.write(
        `${change}: ${isNew ? "" : `${by} has approved before; `}${given} of ${quorum} approvals: ${next}\n`,
      );
    });
}
