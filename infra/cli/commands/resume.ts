import type { Command } from "commander";
import { z } from "zod";
import { EXIT } from "../../errors.ts";
import { errorOutput } from "../../records/redaction/captured-output.ts";
import { reporterFor, sessionFor } from "../opening.ts";
import { type Common, changeCommand, parseCommon, stacksIn, startedBy } from "../options.ts";
import { resumeOpen } from "../run-request.ts";
import { resumeRotation } from "../run-rotation.ts";

/** The record keeps who overrides the rules of a change that somebody else may have opened. */
function signed(common: Common): Common {
  const { override } = common;
  return override === undefined || override.trim() === ""
    ? common
    : { ...common, override: `${override} (${startedBy()})` };
}

/** `runbook resume`: what CI's schedule calls every few minutes. */
export function resumeCommand(): Command {
  return changeCommand("resume")
    .description(
      "Do what is due for the stack's open change; exits with 75 while nothing of it is due, with 2 if none is open.",
    )
    .requiredOption("--stack <names>", "the stack; or staging,production for a rotation of both")
    .action(async (raw: unknown) => {
      const { stack } = z.object({ stack: z.string() }).parse(raw);
      const common = signed(parseCommon(raw));
      const [first = stack, second] = stacksIn(stack, common);
      if (second !== undefined) return resumeRotation([first, second], common);
      const { exit, afterwards } = await resumeOpen(await sessionFor(first, common, reporterFor(common)), common);
      if (exit === EXIT.done && afterwards.length > 0) {
        const both = [first, ...afterwards].join(",");
        errorOutput.write(`${afterwards.join(", ")} is next: \`runbook resume --stack ${both}\`\n`);
      }
    });
}
