import type { Command, CommanderError } from "commander";
import { editDistance } from "../domain/nearest.ts";
import { errorOutput, output } from "../records/redaction/captured-output.ts";
import { EXAMPLES, pathOf } from "./examples.ts";

/** More edits than this, and no other option was meant. */
const MOST_EDITS = 2;

/** What commander said, and the command it said it of. */
export interface Told {
  command: Command;
  text: string;
}

/** Has a command and all below it tell their errors here instead of on stderr, and leave by an exception. */
export function listenToUsage(command: Command, tell: (told: Told) => void): void {
  command.exitOverride();
  command.configureOutput({
    outputError: (text) => tell({ command, text }),
    writeOut: (text) => output.write(text),
    writeErr: (text) => errorOutput.write(text),
  });
  for (const child of command.commands) listenToUsage(child, tell);
}

/**
 * What is wrong with a command line (pure). Commander stops at the first option that is missing, which is often only misspelt: all that
 * are missing and all that aren't known are named at once.
 */
export function usageProblems({ command, text }: Told, error: CommanderError, args: readonly string[]): string[] {
  if (error.code !== "commander.missingMandatoryOptionValue")
    return [
      text
        .replace(/^error: /, "")
        .replace(/\s+/g, " ")
        .trim(),
    ];
  const missing = command.options.filter((option) => option.mandatory && !isGiven(command, option.attributeName()));
  return [
    ...unknownOptions(command, args),
    ...missing.map(({ flags, description }) => `${flags} is missing: ${description}`),
  ];
}

const isGiven = (command: Command, name: string): boolean => command.getOptionValue(name) !== undefined;

function unknownOptions(command: Command, args: readonly string[]): string[] {
  const known = [...command.options.flatMap(({ long }) => long ?? []), "--help"];
  const end = args.indexOf("--");
  const given = args
    .slice(0, end === -1 ? args.length : end)
    .flatMap((word) => (word.startsWith("--") ? (word.split("=")[0] ?? []) : []));
  return given.flatMap((name) => {
    if (known.includes(name)) return [];
    const near = known.find((other) => editDistance(name, other) <= MOST_EDITS);
    return [`unknown option '${name}'${near === undefined ? "" : ` (Did you mean ${near}?)`}`];
  });
}

/** Where to read on: the command's own help, and how it is called (pure). */
export function usageHint(command: Command): string {
  const path = pathOf(command);
  if (path === "") return "(runbook --help lists the commands)";
  const [example] = EXAMPLES[path] ?? [];
  const called = example === undefined || command.commands.length > 0 ? "" : `; for example: ${example}`;
  return `(runbook ${path} --help says the rest${called})`;
}
