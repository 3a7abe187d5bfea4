import { Command } from "commander";
import { z } from "zod";
import { EXIT } from "../../errors.ts";
import { examine } from "../../onboarding/doctor.ts";
import { output } from "../../records/redaction/captured-output.ts";
import { recordsOption } from "../options.ts";
import { table } from "../table.ts";

const optionsSchema = z.object({
  stack: z.array(z.string()),
  records: z.string().optional(),
  json: z.literal(true).optional(),
});

/** `runbook doctor`: is everything here that a runbook needs? */
export function doctorCommand(): Command {
  return new Command("doctor")
    .description(
      "Check tools, credentials, backend, secrets provider, cluster, Gateway and record store; each with its remedy.",
    )
    .option("--stack <name...>", "the stacks to look at", ["staging", "production"])
    .addOption(recordsOption())
    .option("--json", "as JSON")
    .action(async (raw: unknown) => {
      const { stack, records, json } = optionsSchema.parse(raw);
      const lines = await examine(stack, records ?? null);
      const failed = lines.filter((line) => !line.holds);
      const exit = failed.length === 0 ? EXIT.done : EXIT.refused;
      // A look that nobody has answered still holds a connection: the doctor doesn't stay for it.
      const leave = () => output.flushed(() => process.exit(exit));
      if (json) {
        output.write(`${JSON.stringify({ type: "result", exit, checks: lines })}\n`);
        leave();
        return;
      }
      const rows = lines.map(({ check, holds, evidence }) => [holds ? "ok" : "NO", check, evidence]);
      const remedies = failed.map(({ check, remedy }) => `  ${check}: ${remedy}`);
      const end = failed.length === 0 ? "Everything is in order." : ["To fix:", ...remedies].join("\n");
      output.write(`${table(rows)}\n\n${end}\n`);
      leave();
    });
}
