import { Argument, InvalidArgumentError, Option } from "commander";
import pc from "picocolors";
import { z } from "zod";
import { scriptCommand } from "../../sandbox/commands/script.ts";
import { differences } from "./end.ts";
import { type Run, tell } from "./matrix.ts";
import { MOMENTS, pointsFor, pointText } from "./points.ts";
import { races } from "./race.ts";
import { killsFor } from "./service/kills.ts";
import { tableOf, wrongWith } from "./service/report.ts";
import { killLeaders } from "./service/run.ts";
import { TALES } from "./tales.ts";

/**
 * `npm run test:crash -- [TALE...] [--moment M]... [--seed N]`: kills runners and engines at every place of a change, resumes them, and
 * compares the ends with those of a run that wasn't killed. `npm run test:crash -- race [--rounds N]`: two runbooks at the same
 * moment. `npm run test:crash -- serve [--kills N] [--seed S]`: kills the service that leads. Exit 0 where nothing differs, and nothing takes
 * too long.
 */
const WHAT = ["race", "serve", ...TALES.map(({ name }) => name)];

function wholeNumber(text: string): number {
  const parsed = z.coerce.number().int().min(1).safeParse(text);
  if (parsed.success) return parsed.data;
  throw new InvalidArgumentError("Write a whole number above 0.");
}

const command = scriptCommand(
  "test:crash",
  "Kill runners and engines at every place of a change, and compare the ends.",
)
  .addArgument(
    new Argument(
      "[what...]",
      "which changes; all of them where none is named, without the race and the service",
    ).choices(WHAT),
  )
  .addOption(new Option("--moment <moment...>", "when to kill").choices(MOMENTS).default([...MOMENTS]))
  .option("--seed <number>", "of the places in an update, and of a service's kills", wholeNumber, 1)
  .option("--rounds <number>", "of a race", wholeNumber, 50)
  .option("--kills <number>", "of the service that leads", wholeNumber, 100)
  .parse();
const names = command.args;
const { moment, seed, rounds, kills } = z
  .object({ moment: z.array(z.enum(MOMENTS)), seed: z.int(), rounds: z.int(), kills: z.int() })
  .parse(command.opts());
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
  await races(rounds, ({ what, codes, wrong }) => {
    tried += 1;
    if (wrong.length > 0) differing += 1;
    write(`${what} at once: ${codes.join(" and ")}${wrong.length === 0 ? "" : `: ${pc.red(wrong.join("; "))}`}`);
  });
}

if (names.includes("serve")) {
  const outcome = await killLeaders(killsFor(kills, seed), {
    says: write,
    killed({ after, victim, killedAt, continuedAt }, moment) {
      tried += 1;
      const seconds = ((continuedAt - killedAt) / 1_000).toFixed(2);
      write(
        `kill ${tried} of ${kills}: ${victim}, ${after} ms into its turn, ${moment}: taken over after ${seconds} s`,
      );
    },
  });
  for (const line of ["", ...tableOf(outcome), ""]) write(line);
  const wrong = wrongWith(outcome);
  for (const line of wrong) write(pc.red(`  ${line}`));
  if (wrong.length > 0) differing += outcome.takeOvers.length;
}

for (const tale of TALES.filter(({ name }) => names.length === 0 || names.includes(name))) {
  write(`${tale.name}: first without a kill`);
  const whole = await tell(tale, []);
  for (const at of moment) {
    const points = pointsFor(whole.events, at, seed);
    const run = await tell(tale, points);
    report(`${tale.name}, ${at}`, points.length, run, differences(run.end, whole.end));
  }
}
write(`points tried: ${tried}; points that differ: ${differing === 0 ? "none" : differing}`);
process.exitCode = tried > 0 && differing === 0 ? 0 : 1;
