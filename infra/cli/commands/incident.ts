import { Command } from "commander";
import { z } from "zod";
import { answerIncident } from "../answer-incident.ts";
import { reporterFor, sessionFor } from "../opening.ts";
import { parseCommon, plannedCommand, startedBy } from "../options.ts";

const optionsSchema = z.object({ stack: z.string(), watch: z.literal(true).optional() });

function databaseCommand(): Command {
  return plannedCommand("database")
    .description("Name the failing dependency, do what is safe, and tell the right person.")
    .requiredOption("--stack <name>", "the stack, such as production")
    .option("--watch", "stay until it is resolved (the same as --wait)")
    .addHelpText(
      "after",
      `
No pod is restarted while a backend is down. Once the backends have accepted several real writes in a row, pods that haven't recovered
by themselves are replaced, one at a time. If the outage lasts, the backend's owner is told, with failing requests and errors from the
logs, and a debug copy of the release at 0 % logs everything until the incident is over or its time is up. At the end, the alarms that
would have caught it are created. \`runbook resume --stack S\` continues it, from CI's schedule.`,
    )
    .action(async (raw: unknown) => {
      const { stack, watch } = optionsSchema.parse(raw);
      const common = parseCommon(raw);
      const session = await sessionFor(stack, common, reporterFor(common));
      const stay = watch ? { ...common, wait: true as const } : common;
      await answerIncident(session, { reason: common.reason ?? null, startedBy: startedBy() }, stay);
    });
}

/** `runbook incident`: diagnoses and answers an incident. */
export function incidentCommand(): Command {
  return new Command("incident")
    .description("Diagnose an incident and do what is safe, in the right order.")
    .addCommand(databaseCommand());
}
