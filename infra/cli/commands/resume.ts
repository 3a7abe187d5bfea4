import type { Command } from "commander";
import { z } from "zod";
import { carryOn } from "../carry-out.ts";
import { changeCommand, parseCommon, reporterFor, sessionFor } from "../options.ts";

/** `runbook resume`: what CI's schedule calls every few minutes. */
export function resumeCommand(): Command {
  return changeCommand("resume")
    .description("Do what is due for the stack's open change; answers 75 while there is nothing to do.")
    .requiredOption("--stack <name>", "the stack")
    .action(async (raw: unknown) => {
      const { stack } = z.object({ stack: z.string() }).parse(raw);
      const common = parseCommon(raw);
      await carryOn(await sessionFor(stack, common, reporterFor(common)), common);
    });
}
