import type { Command } from "commander";
import { z } from "zod";
import { badInput } from "../../errors.ts";
import { askStack } from "../../stack/reading.ts";
import { parseCommon, plannedCommand, startedBy } from "../options.ts";

const optionsSchema = z.object({
  stack: z.string(),
  to: z.string().optional(),
  restoreBackup: z.literal(true).optional(),
  keepSchema: z.literal(true).optional(),
});

/** `runbook rollback`: all traffic back to a release that stood before. */
export function rollbackCommand(): Command {
  return plannedCommand("rollback")
    .description("Move all traffic back to the previous release, or to an earlier one.")
    .requiredOption("--stack <name>", "the stack, such as production")
    .option("--to <version>", "a version or a release's id, as `runbook status` lists them (else the previous release)")
    .option("--restore-backup", "across a migration that can't be undone: restore the backup taken before it")
    .option("--keep-schema", "keep expansions of the schema instead of undoing them")
    .addHelpText(
      "after",
      `
A change that is under way is aborted first, which takes back what it has moved; without --to that is all, but for an incident, which has
moved nothing. With --restore-backup, or where that change is a rollback itself, the command exits with 4: \`runbook resume\` or \`abort\` it first.

The command stays until the old release has drained, even without --wait.`,
    )
    .action(async (raw: unknown) => {
      const { stack, to, restoreBackup, keepSchema } = optionsSchema.parse(raw);
      if (restoreBackup && keepSchema) {
        throw badInput("--restore-backup brings the schema of the backup, and --keep-schema keeps today's: give one");
      }
      const common = parseCommon(raw);
      // Before the modules are loaded that use the answers, since traffic waits for it.
      const asked = askStack({ cwd: process.cwd(), name: stack, configFile: common.configFile });
      const [{ goBack }, { reporterFor, sessionFor }] = await Promise.all([
        import("../go-back.ts"),
        import("../opening.ts"),
      ]);
      const session = await sessionFor(stack, common, reporterFor(common), asked);
      const schema = restoreBackup ? "restore" : keepSchema ? "keep" : "back";
      const request = { to: to ?? null, schema, reason: common.reason ?? null, startedBy: startedBy() } as const;
      await goBack(session, request, common, asked.outputs);
    });
}
