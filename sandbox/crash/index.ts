import pc from "picocolors";
import { z } from "zod";
import { differences, type Run, TALES, tell } from "./matrix.ts";
import { pointsFor } from "./points.ts";
import type { Point } from "./runner-process.ts";

/** `npm run test:crash -- [TALE...]`: kills runners and engines, resumes them, and compares the ends. Exit 0 where none differs. */
const SEEDS = { deploy: [1, 2], promote: [3], abort: [4] } as const;
/** Kills between two effects, beside the one in each update. */
const BETWEEN = 5;

const names = z.array(z.enum(["deploy", "promote", "abort"])).parse(process.argv.slice(2));
const told = TALES.filter(({ name }) => names.length === 0 || names.includes(name));
const words = ({ step, type, delay, victim }: Point) =>
  `${victim} ${delay} ms after ${type}${step === null ? "" : ` of ${step}`}`;
let tried = 0;
let differing = 0;

function report(title: string, { points, lives }: Run, found: readonly string[]): void {
  tried += points.length;
  if (found.length > 0) differing += points.length;
  const verdict = found.length === 0 ? pc.green("the same end") : pc.red(`${found.length} differences`);
  process.stdout.write(`${title}: ${points.length} kills, ${lives} lives: ${verdict}\n`);
  for (const point of points) process.stdout.write(`  ${words(point)}\n`);
  for (const line of found) process.stdout.write(pc.red(`  ${line}\n`));
}

for (const tale of told) {
  process.stdout.write(`${tale.name}: first without a kill\n`);
  const whole = await tell(tale, []);
  for (const seed of SEEDS[tale.name]) {
    const begun = Math.max(
      0,
      whole.events.findIndex(({ type }) => type === "abort-requested"),
    );
    const run = await tell(tale, pointsFor(whole.events.slice(begun), seed, BETWEEN));
    report(`${tale.name}, seed ${seed}`, run, differences(run.end, whole.end));
  }
}
process.stdout.write(`points tried: ${tried}; points that differ: ${differing === 0 ? "none" : differing}\n`);
process.exitCode = tried > 0 && differing === 0 ? 0 : 1;
