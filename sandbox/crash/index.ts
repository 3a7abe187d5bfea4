import { parseArgs } from "node:util";
import pc from "picocolors";
import { z } from "zod";
import { differences, type Run, tell } from "./matrix.ts";
import { MOMENTS, pointsFor, pointText } from "./points.ts";
import { races } from "./race.ts";
import { TALES } from "./tales.ts";

/**
 * `npm run test:crash -- [TALE...] [--moment M]... [--seed N]`: kills runners and engines at every place of a change, resumes them, and
 * compares the ends with those of a run that wasn't killed. `npm run test:crash -- race [--rounds N]`: two runbooks at the same
 * moment. Exit 0 where nothing differs.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    moment: { type: "string", multiple: true, default: [...MOMENTS] },
    seed: { type: "string", default: "1" },
    rounds: { type: "string", default: "50" },
  },
});
const names = z.array(z.enum(["race", ...TALES.map(({ name }) => name)])).parse(positionals);
const moments = z.array(z.enum(MOMENTS)).parse(values.moment);
const seed = z.coerce.number().int().parse(values.seed);
const write = (line: string): void => void process.stdout.write(`${line}\n`);

let tried = 0;
let differing = 0;

function report(title: string, planned: number, { struck, lives }: Run, found: readonly string[]): void {
  tried += struck.length;
  if (found.length > 0) differing += struck.length;
  const verdict = found.length === 0 ? pc.green("the same end") : pc.red(`${found.length} differences`);
  write(`${title}: ${struck.length} kills of ${planned}, ${lives} lives: ${verdict}`);
  if (found.length === 0) return;
  for (const point of struck) write(`  ${pointText(point)}`);
  for (const line of found) write(pc.red(`  ${line}`));
}

if (names.includes("race")) {
  await races(z.coerce.number().int().min(1).parse(values.rounds), ({ what, codes, wrong }) => {
    tried += 1;
    if (wrong.length > 0) differing += 1;
    write(`${what} at once: ${codes.join(" and ")}${wrong.length === 0 ? "" : `: ${pc.red(wrong.join("; "))}`}`);
  });
}

for (const tale of TALES.filter(({ name }) => names.length === 0 || names.includes(name))) {
  write(`${tale.name}: first without a kill`);
  const whole = await tell(tale, []);
  for (const moment of moments) {
    const points = pointsFor(whole.events, moment, seed);
    const run = await tell(tale, points);
    report(`${tale.name}, ${moment}`, points.length, run, differences(run.end, whole.end));
  }
}
write(`points tried: ${tried}; points that differ: ${differing === 0 ? "none" : differing}`);
process.exitCode = tried > 0 && differing === 0 ? 0 : 1;
