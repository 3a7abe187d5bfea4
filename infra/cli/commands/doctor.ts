import { Command } from "commander";
import { z } from "zod";
import { EXIT } from "../../errors.ts";
import { examine } from "../../onboarding/doctor.ts";
import { output } from "../../records/redaction/captured-output.ts";
import { recordsOption } from "../options.ts";
import { checksText } from "../table.ts";

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
      const exit = lines.every((line) => line.holds) ? EXIT.done : EXIT.refused;
      // A look that nobody has answered still holds a connection: the doctor doesn't stay for it.
      const leave = () => output.flushed(() => process.exit(exit));
      if (json) {
        output.write(`${JSON.stringify({ type: "result", exit, checks: lines })}\n`);
        leave();
        return;
      }
      output.write(checksText(lines, "Everything is in order.", "To fix:"));
      leave();
    });
}
