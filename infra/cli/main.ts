import { Command, CommanderError } from "commander";
import { printable } from "../domain/plain-text.ts";
import { EXIT, type Exit, Refusal } from "../errors.ts";
import { errorOutput, output } from "../records/redaction/captured-output.ts";
import { withoutUrlPasswords } from "../records/redaction/url-passwords.ts";
import { addExamples } from "./examples.ts";
import { listenToUsage, type Told, usageHint, usageProblems } from "./usage.ts";

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

/** Runs the command line and returns its exit code; every error is told once, as people read it. */
export async function main(args: readonly string[], more: Commands): Promise<number> {
  const program = await runbookProgram(args[0], more);
  const told: Told[] = [];
  listenToUsage(program, (one) => told.push(one));
  try {
    await program.parseAsync(args, { from: "user" });
    return typeof process.exitCode === "number" ? process.exitCode : EXIT.done;
  } catch (error) {
    if (error instanceof CommanderError) return misused(error, told.at(-1), args);
    if (error instanceof Refusal) return refused(error, args);
    return refused({ exit: EXIT.stuck, problems: [unexpected(error)] }, args);
  }
}

/** What nobody foresaw: with the place in the code, for a report, and not as an exit code that means something else. */
function unexpected(error: unknown): string {
  const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `Internal error: please report it. If a change is open, its record says what was done: see \`runbook status --stack NAME\`, then \`runbook resume --stack NAME\`\n${what}`;
}

function misused(error: CommanderError, told: Told | undefined, args: readonly string[]): Exit {
  if (error.exitCode === 0) return EXIT.done;
  if (told === undefined) return EXIT.refused; // the help was printed instead
  const exit = refused({ exit: EXIT.refused, problems: usageProblems(told, error, args) }, args);
  errorOutput.write(`${usageHint(told.command)}\n`);
  return exit;
}

function refused({ exit, problems: told }: Pick<Refusal, "exit" | "problems">, args: readonly string[]): Exit {
  // An engine's error may quote what a Job has logged.
  const problems = told.map(withoutUrlPasswords);
  for (const problem of problems) errorOutput.write(`error: ${printable(problem)}\n`);
  if (args.includes("--json")) {
    output.write(`${JSON.stringify({ type: "result", exit, change: null, record: null, problems })}\n`);
  }
  return exit;
}
