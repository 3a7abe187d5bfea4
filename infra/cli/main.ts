import { type Command, CommanderError } from "commander";
import { listenTo } from "../changes/heard.ts";
import { EXIT, Refusal } from "../changes/refusal.ts";
import { runbookProgram } from "./program.ts";

/** Runs the command line and returns its exit code; every error is told once, as people read it. */
export async function main(args: readonly string[], more: readonly Command[]): Promise<number> {
  listenTo(process.stdout, "the runner's own output");
  listenTo(process.stderr, "the runner's own errors");
  const program = runbookProgram(more);
  exitOverrideAll(program);
  try {
    await program.parseAsync(args, { from: "user" });
    return typeof process.exitCode === "number" ? process.exitCode : EXIT.done;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.refused;
    if (!(error instanceof Refusal)) throw error;
    for (const problem of error.problems) process.stderr.write(`error: ${problem}\n`);
    if (args.includes("--json")) printRefusal(error);
    return error.exit;
  }
}

function printRefusal({ exit, problems }: Refusal): void {
  process.stdout.write(`${JSON.stringify({ type: "result", exit, change: null, record: null, problems })}\n`);
}

function exitOverrideAll(command: Command): void {
  command.exitOverride();
  for (const child of command.commands) exitOverrideAll(child);
}
