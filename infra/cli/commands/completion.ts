import { Argument, Command } from "commander";
import { z } from "zod";
import { output } from "../../records/redaction/captured-output.ts";
import { completedOf, completionScript, SHELLS } from "../completion.ts";

/** `runbook completion`: the script that a shell sources. */
export function completionCommand(): Command {
  const command = new Command("completion")
    .description("Print the completion script of a shell: commands, options, and the stacks whose files are here.")
    .addArgument(new Argument("<shell>", "which shell").choices(SHELLS));
  return command.action((shell: unknown) => {
    const program = command.parent ?? command;
    output.write(completionScript(z.enum(SHELLS).parse(shell), completedOf(program)));
  });
}
