import { createInterface } from "node:readline/promises";
import { badInput } from "../errors.ts";
import { errorOutput } from "../records/redaction/captured-output.ts";

/** What has to be confirmed, and the word that does. */
export interface Confirmation {
  /** what is lost, in sentences */
  loss: string;
  word: string;
  /** whether --yes was given */
  yes: boolean;
}

/**
 * Tells the loss and has it confirmed: by --yes, or by typing the word on a terminal.
 * @throws Refusal (exit 2) where it isn't
 */
export async function confirm({ loss, word, yes }: Confirmation): Promise<void> {
  errorOutput.write(`${loss}\n`);
  if (yes) return;
  if (process.stdin.isTTY !== true) throw badInput("--yes: nobody is at the terminal to confirm this: give --yes");
  const terminal = createInterface({ input: process.stdin, output: errorOutput });
  try {
    const answer = await terminal.question(`Type ${word} to continue: `);
    if (answer.trim() !== word) throw badInput(`"${answer.trim()}" is not ${word}: nothing was changed`);
  } finally {
    terminal.close();
  }
}
