import { Command } from "commander";
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

/** Each command, loaded where it is asked for: a rollback waits for no other command's modules. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  "verify-release": async () => (await import("./commands/verify-release.ts")).verifyReleaseCommand(),
  deploy: async () => (await import("./commands/deploy.ts")).deployCommand(),
  promote: async () => (await import("./commands/promote.ts")).promoteCommand(),
  rollback: async () => (await import("./commands/rollback.ts")).rollbackCommand(),
  incident: async () => (await import("./commands/incident.ts")).incidentCommand(),
  rotate: async () => (await import("./commands/rotate.ts")).rotateCommand(),
  resume: async () => (await import("./commands/resume.ts")).resumeCommand(),
  abort: async () => (await import("./commands/abort.ts")).abortCommand(),
  approve: async () => (await import("./commands/approve.ts")).approveCommand(),
  status: async () => (await import("./commands/status.ts")).statusCommand(),
  records: async () => (await import("./commands/records.ts")).recordsCommand(),
  manifest: async () => (await import("./commands/manifest.ts")).manifestCommand(),
  init: async () => (await import("./commands/init.ts")).initCommand(),
  doctor: async () => (await import("./commands/doctor.ts")).doctorCommand(),
  completion: async () => (await import("./commands/completion.ts")).completionCommand(),
};

/**
 * The `runbook` command with the command that is named, or with all of them where none is that there is; what else is to hang
 * below it (the sandbox) is handed in.
 */
export async function runbookProgram(named: string | undefined, more: readonly Command[]): Promise<Command> {
  const program = new Command("runbook")
    .description("Production runbooks as health-gated stack updates.")
    .configureHelp({ showGlobalOptions: true })
    .addHelpText("after", EXITS);
  const one = Object.entries(COMMANDS).filter(([name]) => name === named && name !== "completion");
  const loaded = (one.length === 0 ? Object.entries(COMMANDS) : one).map(([, load]) => load());
  for (const command of [...(await Promise.all(loaded)), ...more]) program.addCommand(command);
  addExamples(program);
  return program;
}
