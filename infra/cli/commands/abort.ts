import type { Command } from "commander";
import { z } from "zod";
import { reporterFor, sessionFor } from "../opening.ts";
import { parseCommon, plannedCommand, startedBy } from "../options.ts";
import { callOff } from "../run-request.ts";

/** `runbook abort`: end the open change and bring the stack back to where it was. */
export function abortCommand(): Command {
  return plannedCommand("abort")
    .description("Abort the stack's open change: weights and releases go back to what they were before it.")
    .requiredOption("--stack <name>", "the stack")
    .action(async (raw: unknown) => {
      const { stack } = z.object({ stack: z.string() }).parse(raw);
      const common = parseCommon(raw);
      const session = await sessionFor(stack, common, reporterFor(common));
      await callOff(session, { by: startedBy(), reason: common.reason ?? "no reason given" }, common);
    });
}
