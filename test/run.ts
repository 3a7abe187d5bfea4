/**
 * `npm test -- [FILE...] [--grep TEXT] [--bail]`: every test. Named files, and what is looked for, run in this process; all
 * of them run in two lanes of processes. The closing line says how many passed and failed; no test at all is a failure.
 */
import { globSync, readFileSync, writeSync } from "node:fs";
import Mocha from "mocha";
import { z } from "zod";
import { scriptCommand } from "../sandbox/commands/script.ts";
import { type Counted, runInLanes, unitsOf } from "./lanes.ts";

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

const command = scriptCommand("test", "Run the tests: all of them in two lanes, or some files.")
  .argument("[file...]", "which files; all of them where none is named")
  .option("-g, --grep <text>", "only the tests whose title holds it")
  .option("-b, --bail", "leave at the first that fails", false)
  .parse();
const values = z.object({ grep: z.string().optional(), bail: z.boolean() }).parse(command.opts());

const { spec, ...settings } = options;
const inLanes = command.args.length === 0 && values.grep === undefined && !values.bail;
const { passed, failed } = inLanes
  ? await runInLanes(unitsOf(filesOf(spec)), [process.execPath, import.meta.filename])
  : await runHere(command.args.length > 0 ? command.args : filesOf(spec));
process.exitCode ??= failed > 0 || passed === 0 ? 1 : 0;
process.once("exit", () => writeSync(1, `${passed} passed, ${failed} failed\n`));
setTimeout(leave, LEAVE_WITHIN_MS).unref();

async function runHere(files: readonly string[]): Promise<Counted> {
  const mocha = new Mocha({
    ...settings,
    bail: values.bail,
    ...(values.grep === undefined ? {} : { grep: values.grep }),
  });
  for (const file of files) await load(mocha, file);
  const { passes, failures } = await run(mocha);
  return { passed: passes, failed: failures };
}

/** Files that match, each once, in the order of the patterns. */
function filesOf(patterns: string[]): string[] {
  return [...new Set(patterns.flatMap((pattern) => globSync(pattern).sort()))];
}

/** A file that can't be loaded is a failed test; the others run all the same. */
async function load(mocha: Mocha, file: string): Promise<void> {
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

function run(mocha: Mocha): Promise<{ passes: number; failures: number }> {
  return new Promise((resolve) => {
    const runner = mocha.run(() => resolve(runner.stats ?? { passes: 0, failures: 1 }));
  });
}

/** Names what keeps the process, since that is a defect of the test that left it. */
function leave(): void {
  process.stderr.write(`left open by the tests: ${process.getActiveResourcesInfo().join(", ")}\n`);
  process.exit();
}
