/**
 * `npm run test:faults -- [NAME...]`: injects each fault in a sandbox of its own, answers it with the incident runbook, mends
 * it, and prints faults against verdicts. Leaves with 1 where any verdict is wrong, a pod was restarted while its backend
 * was down, the stack didn't recover without a person, or the log level isn't back.
 */
import { Argument } from "commander";
import { inOwnSandbox } from "../../sandbox/commands/own-sandbox.ts";
import { ROOT } from "../../sandbox/commands/sandbox.ts";
import { scriptCommand } from "../../sandbox/commands/script.ts";
import { runCommand } from "../demo/commands.ts";
import { exportsIn } from "../demo/sandbox.ts";
import { FAULT_CASES } from "./cases.ts";
import { alarmsRing, type Outcome, play } from "./replay.ts";

const SANDBOX = { RUNBOOKS_SANDBOX: ".sandbox-faults" };
/** The incident that is played again, for the alarm that it has taught. */
const REPLAYED = "redis down";

const line = (text: string) => process.stdout.write(`${text}\n`);

async function mustRun(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  const { code, stdout } = await runCommand(command, args, { env, output: "kept", cwd: ROOT });
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} left with ${code}:\n${stdout}`);
  return stdout;
}

const runbook = (...args: string[]) => mustRun(process.execPath, ["bin/runbook.ts", ...args], SANDBOX);

async function playAll(names: readonly string[]): Promise<Outcome[]> {
  const env = exportsIn(await runbook("sandbox", "env"));
  await mustRun("pulumi", ["up", "--yes", "--skip-preview", "--non-interactive", "--stack", "staging"], env);
  const outcomes: Outcome[] = [];
  for (const fault of FAULT_CASES.filter(({ name }) => names.length === 0 || names.includes(name))) {
    const outcome = await play({ env }, fault);
    if (fault.name === REPLAYED) outcome.wrong.push(...(await alarmsRing({ env }, fault)));
    outcomes.push(outcome);
    const verdict = outcome.wrong.length === 0 ? "right" : "WRONG";
    line(`${fault.name.padEnd(30)} ${outcome.said.padEnd(44)} ${verdict}  ${outcome.seconds.toFixed(0)} s`);
    for (const problem of outcome.wrong) line(`  ${problem}`);
  }
  return outcomes;
}

const { args: names } = scriptCommand(
  "test:faults",
  "Inject each fault, answer it with the incident runbook, and mend it.",
)
  .addArgument(
    new Argument("[fault...]", "which faults, in quotes; all of them where none is named").choices(
      FAULT_CASES.map(({ name }) => name),
    ),
  )
  .parse();
line(`${"fault".padEnd(30)} ${"verdict".padEnd(44)} right?`);
const own = { up: () => runbook("sandbox", "up", "--new"), down: () => runbook("sandbox", "down", "--purge") };
await inOwnSandbox(own, async () => {
  const outcomes = await playAll(names);
  const wrong = outcomes.filter((outcome) => outcome.wrong.length > 0);
  line(`${outcomes.length - wrong.length} of ${outcomes.length} faults right`);
  process.exitCode = wrong.length === 0 && outcomes.length > 0 ? 0 : 1;
}).catch((error: unknown) => {
  process.exitCode = 1;
  process.stderr.write(`the faults failed: ${error instanceof Error ? error.message : String(error)}\n`);
});
