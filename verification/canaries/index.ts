/**
 * `npm run test:canaries -- [CANARY...]`: promotes versions of the reference workload with a fault each on the real engine, in real time and
 * under 200 requests a second, and prints what became of each. Exit 0 only where each ended as expected.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Argument } from "commander";
import { parse } from "yaml";
import { z } from "zod";
import { scriptCommand } from "../../sandbox/commands/script.ts";
import { inWorld, ROOT } from "../scenarios/world.ts";
import { CASES } from "./cases.ts";
import { type Played, play } from "./play.ts";
import { tableOf } from "./table.ts";

const SANDBOX = process.env.RUNBOOKS_SANDBOX ?? ".sandbox-canaries";

const command = scriptCommand("test:canaries", "Promote versions with a fault each, and see what stops them.")
  .addArgument(
    new Argument("[canary...]", "which, in this order; all of them where none is named").choices(
      CASES.map(({ name }) => name),
    ),
  )
  .addHelpText("after", `\nCanaries:\n${CASES.map(({ name, wrong }) => `  ${name.padEnd(18)} ${wrong}`).join("\n")}`)
  .parse();
const named = command.args.flatMap((name) => CASES.find((one) => one.name === name) ?? []);
const chosen = named.length === 0 ? CASES : named;
const write = (line: string): void => void process.stdout.write(`${line}\n`);

const metrics = z.record(z.string(), z.unknown());
const stackFile = z.looseObject({ config: z.looseObject({ "production-runbooks:metrics": metrics }) });

/** Where the committed settings count requests. */
async function usualMetrics(): Promise<z.infer<typeof metrics>> {
  const text = await readFile(join(ROOT, "Pulumi.production.yaml"), "utf8");
  return stackFile.parse(parse(text)).config["production-runbooks:metrics"];
}

async function main(): Promise<number> {
  const usual = await usualMetrics();
  const played: Played[] = [];
  const options = { parts: "stand-ins", sandbox: SANDBOX, program: ROOT, cluster: null } as const;
  await inWorld({ ...options, stages: ["staging", "production"] }, async (world) => {
    for (const [index, one] of chosen.entries()) {
      const outcome = await play(world, { ...one, metrics: one.metrics ?? usual }, `2026.12.1-${index + 1}`);
      played.push(outcome);
      write(`${one.name}: ${outcome.wrong.length === 0 ? outcome.told.why || "passed" : outcome.wrong.join("\n  ")}`);
    }
  }).finally(() => write(`\n${tableOf(played)}`));
  return played.length === chosen.length && played.every(({ wrong }) => wrong.length === 0) ? 0 : 1;
}

process.exitCode = await main().catch((error: unknown) => {
  process.stderr.write(`the canaries failed: ${error instanceof Error ? error.message : String(error)}\n`);
  return 1;
});
