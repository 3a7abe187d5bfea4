import { CommanderError } from "commander";
import { printable } from "../domain/plain-text.ts";
import { EXIT, type Exit, Refusal } from "../errors.ts";
import { errorOutput, output } from "../records/redaction/captured-output.ts";
import { type Commands, runbookProgram } from "./program.ts";
import { listenToUsage, type Told, usageHint, usageProblems } from "./usage.ts";

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
  return `Internal error. What was done is in the record; run \`runbook resume\`\n${what}`;
}

function misused(error: CommanderError, told: Told | undefined, args: readonly string[]): Exit {
  if (error.exitCode === 0) return EXIT.done;
  if (told === undefined) return EXIT.refused; // the help was printed instead
  const exit = refused({ exit: EXIT.refused, problems: usageProblems(told, error, args) }, args);
  errorOutput.write(`${usageHint(told.command)}\n`);
  return exit;
}

function refused({ exit, problems }: Pick<Refusal, "exit" | "problems">, args: readonly string[]): Exit {
  for (const problem of problems) errorOutput.write(`error: ${printable(problem)}\n`);
  if (args.includes("--json")) {
    output.write(`${JSON.stringify({ type: "result", exit, change: null, record: null, problems })}\n`);
  }
  return exit;
}
