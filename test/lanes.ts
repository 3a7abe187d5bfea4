import { spawn } from "node:child_process";
import { constants } from "node:os";
import { basename } from "node:path";

/** Files that run in one process, after each other. */
export interface Unit {
  name: string;
  files: readonly string[];
}

export interface Counted {
  passed: number;
  failed: number;
}

/** How many units run at the same time: each takes about one core. */
const LANES = 2;
/** The rough minutes of the long units on two quiet cores: the longest are begun first, so that both lanes end together. */
const MINUTES: Readonly<Record<string, number>> = {
  specs: 10,
  deploy: 8,
  bench: 7,
  scenarios: 4.5,
  serve: 4,
  rollback: 3,
  "every-state": 3,
  crash: 2.5,
  users: 2.5,
  board: 2,
  rotation: 2,
  "release-gate": 2,
  settled: 2,
  "called-off": 2,
  "service-pods": 1.5,
  teardown: 1.5,
  "release-key": 1.2,
};
const CLOSING = /^(\d+) passed, (\d+) failed$/;

/** The units of a run: what needs a sandbox of its own alone, everything else together; the longest first (pure). */
export function unitsOf(files: readonly string[]): Unit[] {
  const alone = files.filter((file) => /^test\/(e2e|.*\/every-state)\//.test(file));
  const specs = files.filter((file) => !alone.includes(file));
  const units = [{ name: "specs", files: specs }, ...alone.map((file) => ({ name: nameOf(file), files: [file] }))];
  const minutes = ({ name }: Unit): number => MINUTES[name] ?? 1;
  return units.filter((unit) => unit.files.length > 0).sort((one, other) => minutes(other) - minutes(one));
}

const nameOf = (file: string): string => basename(file, ".test.ts");

/**
 * What a process counted by its closing line; one that has none, or that was ended all the same, has failed once more (pure).
 * What it said on the other stream may stand behind that line.
 * @param code what it left with; null where it was ended
 * @returns the counts, and the output without that line
 */
export function readOutput(text: string, code: number | null): Counted & { told: string } {
  const lines = text.trimEnd().split("\n");
  const closing = lines.findLastIndex((line) => CLOSING.test(line));
  const [, passed, failed] = CLOSING.exec(lines[closing] ?? "") ?? [];
  const counted = { passed: Number(passed ?? 0), failed: Number(failed ?? 0) };
  const unsaid = (closing < 0 || code !== 0) && counted.failed === 0;
  const told = lines.filter((_, index) => index !== closing).join("\n");
  return { ...counted, failed: counted.failed + (unsaid ? 1 : 0), told };
}

/**
 * Runs units at the same time, each in a process of its own, and prints what each said once it has ended. A signal is passed
 * on, and no other unit begins.
 * @param command how a unit's files are run: the program and its first arguments
 */
export async function runInLanes(units: readonly Unit[], command: readonly [string, ...string[]]): Promise<Counted> {
  const left = [...units];
  const total = { passed: 0, failed: 0 };
  const stop = new AbortController();
  const running = new Set<ReturnType<typeof start>>();
  const passOn = (signal: NodeJS.Signals): void => {
    stop.abort();
    process.exitCode = 128 + constants.signals[signal];
    for (const { child } of running) child.kill(signal);
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, passOn);
  const lane = async (number: number): Promise<void> => {
    for (let unit = left.shift(); unit !== undefined && !stop.signal.aborted; unit = left.shift()) {
      const begun = Date.now();
      process.stdout.write(`== ${unit.name} begins\n`);
      const started = start(unit, command, number);
      running.add(started);
      const { passed, failed, told } = await started.ended;
      running.delete(started);
      total.passed += passed;
      total.failed += failed;
      const seconds = Math.round((Date.now() - begun) / 1_000);
      process.stdout.write(`${told}\n== ${unit.name}: ${passed} passed, ${failed} failed, ${seconds} s\n`);
    }
  };
  await Promise.all(Array.from({ length: LANES }, (_, index) => lane(index + 1)));
  for (const signal of signals) process.off(signal, passOn);
  return total;
}

/** Starts a unit in a lane, whose number its tests have from their environment. */
function start({ files }: Unit, [program, ...args]: readonly [string, ...string[]], lane: number) {
  const env = { ...process.env, RUNBOOKS_TEST_LANE: String(lane) };
  const child = spawn(program, [...args, ...files], { env, stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (more: string) => {
      text += more;
    });
  }
  const ended = new Promise<ReturnType<typeof readOutput>>((resolve) => {
    child.once("error", (error) => resolve(readOutput(`${text}\n${error.message}`, null)));
    child.once("close", (code, signal) =>
      resolve(readOutput(signal === null ? text : `${text}\nended by ${signal}`, code)),
    );
  });
  return { child, ended };
}

/** The lane that this process' tests run in; null where the run has no lanes. */
export const LANE = process.env.RUNBOOKS_TEST_LANE ?? null;
/** The end-to-end tests have a sandbox of their own in each lane: one that a person has up stays as it is. */
export const LANE_SANDBOX = LANE === null ? ".sandbox-e2e" : `.sandbox-e2e-${LANE}`;
