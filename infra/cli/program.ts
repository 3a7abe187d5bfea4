import { Command } from "commander";
import { abortCommand } from "./commands/abort.ts";
import { approveCommand } from "./commands/approve.ts";
import { completionCommand } from "./commands/completion.ts";
import { deployCommand } from "./commands/deploy.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { incidentCommand } from "./commands/incident.ts";
import { initCommand } from "./commands/init.ts";
import { manifestCommand } from "./commands/manifest.ts";
import { promoteCommand } from "./commands/promote.ts";
import { recordsCommand } from "./commands/records.ts";
import { resumeCommand } from "./commands/resume.ts";
import { rollbackCommand } from "./commands/rollback.ts";
import { rotateCommand } from "./commands/rotate.ts";
import { statusCommand } from "./commands/status.ts";
import { verifyReleaseCommand } from "./commands/verify-release.ts";
import { addExamples } from "./examples.ts";

const EXITS = `
Exit codes:
  0   done
  1   a gate or an update failed; the stack was brought back to where it was
  2   bad input, or refused before anything was changed
  3   a policy was violated; nothing was changed
  4   another change or update holds the stack
  70  could not be finished or brought back: a person is needed
  75  waiting: the time at which to resume is printed

A change, from staging to production:
  $ runbook verify-release --release release.yaml
  $ runbook deploy --stack staging --release release.yaml
  $ runbook resume --stack staging          (from CI's schedule, while it answers 75)
  $ runbook promote --from staging --to production --wait`;

/** The \`runbook\` command; what else is to hang below it (the sandbox) is handed in. */
export function runbookProgram(more: readonly Command[]): Command {
  const program = new Command("runbook")
    .description("Production runbooks as health-gated stack updates.")
    .configureHelp({ showGlobalOptions: true })
    .addHelpText("after", EXITS);
  for (const command of [
    verifyReleaseCommand(),
    deployCommand(),
    promoteCommand(),
    rollbackCommand(),
    incidentCommand(),
    rotateCommand(),
    resumeCommand(),
    abortCommand(),
    approveCommand(),
    statusCommand(),
    recordsCommand(),
    manifestCommand(),
    initCommand(),
    doctorCommand(),
    completionCommand(),
    ...more,
  ]) {
    program.addCommand(command);
  }
  addExamples(program);
  return program;
}
