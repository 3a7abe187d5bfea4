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
  $ runbook resume --stack staging          (from CI's schedule, while it exits with 75)
  $ runbook promote --from staging --to production --wait`;

/** Commands by name, each loaded where it is asked for: a rollback waits for no other command's modules. */
export type Commands = Readonly<Record<string, () => Promise<Command>>>;

const COMMANDS: Commands = {
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
  serve: async () => (await import("./commands/serve.ts")).serveCommand(),
  records: async () => (await import("./commands/records.ts")).recordsCommand(),
  manifest: async () => (await import("./commands/manifest.ts")).manifestCommand(),
  init: async () => (await import("./commands/init.ts")).initCommand(),
  doctor: async () => (await import("./commands/doctor.ts")).doctorCommand(),
  teardown: async () => (await import("./commands/teardown.ts")).teardownCommand(),
  completion: async () => (await import("./commands/completion.ts")).completionCommand(),
};

/** Tells of all the others. */
const OF_ALL = "completion";

/**
 * The `runbook` command with the command that is named, or with all of them where there is none of that name.
 * @param more what else is to hang below it: the sandbox
 */
export async function runbookProgram(named: string | undefined, more: Commands): Promise<Command> {
  const program = new Command("runbook")
    .description("Production runbooks as health-gated stack updates.")
    .configureHelp({ showGlobalOptions: true })
    .addHelpText("after", EXITS);
  const all = Object.entries({ ...COMMANDS, ...more });
  const one = all.filter(([name]) => name === named && name !== OF_ALL);
  const loaded = await Promise.all((one.length === 0 ? all : one).map(([, load]) => load()));
  for (const command of loaded) program.addCommand(command);
  addExamples(program);
  return program;
}
