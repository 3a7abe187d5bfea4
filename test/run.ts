/**
 * `npm test -- [FILE...] [--grep TEXT] [--bail]`: every test, those on the real engine last. The closing line says how
 * many passed and failed; no test at all is a failure.
 */
import { globSync, readFileSync, writeSync } from "node:fs";
import Mocha from "mocha";
import { z } from "zod";
import { scriptCommand } from "../sandbox/commands/script.ts";

/** How long what a test left open may keep the process after the last test, in milliseconds. */
const LEAVE_WITHIN_MS = 5_000;

const options = z
  .object({
    spec: z.array(z.string()),
    reporter: z.string(),
    timeout: z.number(),
    slow: z.number(),
    forbidOnly: z.boolean(),
    forbidPending: z.boolean(),
  })
  .parse(JSON.parse(readFileSync(new URL("../.mocharc.json", import.meta.url), "utf8")));

const command = scriptCommand("test", "Run the tests, those on the real engine last.")
  .argument("[file...]", "which files; all of them where none is named")
  .option("-g, --grep <text>", "only the tests whose title holds it")
  .option("-b, --bail", "leave at the first that fails", false)
  .parse();
const values = z.object({ grep: z.string().optional(), bail: z.boolean() }).parse(command.opts());
const positionals = command.args;

const { spec, ...settings } = options;
const mocha = new Mocha({
  ...settings,
  bail: values.bail,
  ...(values.grep === undefined ? {} : { grep: values.grep }),
});
for (const file of positionals.length > 0 ? positionals : filesOf(spec)) await load(file);
const stats = await run();
process.exitCode = stats.failures > 0 || stats.passes === 0 ? 1 : 0;
process.once("exit", () => writeSync(1, `${stats.passes} passed, ${stats.failures} failed\n`));
setTimeout(leave, LEAVE_WITHIN_MS).unref();

/** Files that match, each once, in the order of the patterns. */
function filesOf(patterns: string[]): string[] {
  return [...new Set(patterns.flatMap((pattern) => globSync(pattern).sort()))];
}

/** A file that can't be loaded is a failed test; the others run all the same. */
async function load(file: string): Promise<void> {
  mocha.files = [file];
  try {
    await mocha.loadFilesAsync();
  } catch (error) {
    const fail = () => {
      throw error;
    };
    mocha.suite.addTest(new Mocha.Test(`${file} can be loaded`, fail));
  }
}

function run(): Promise<{ passes: number; failures: number }> {
  return new Promise((resolve) => {
    const runner = mocha.run(() => resolve(runner.stats ?? { passes: 0, failures: 1 }));
  });
}

/** Names what keeps the process, since that is a defect of the test that left it. */
function leave(): void {
  process.stderr.write(`left open by the tests: ${process.getActiveResourcesInfo().join(", ")}\n`);
  process.exit();
}
