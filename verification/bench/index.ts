import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Argument } from "commander";
import pc from "picocolors";
import { z } from "zod";
import { parseManifest } from "../../infra/cli/manifest-file.ts";
import { prepare } from "../../infra/runner/opening/open.ts";
import type { Session } from "../../infra/runner/session.ts";
import { ACCOUNTS } from "../../sandbox/cloud/accounts.ts";
import { inOwnSandbox } from "../../sandbox/commands/own-sandbox.ts";
import { scriptCommand } from "../../sandbox/commands/script.ts";
import { runbook } from "../demo/commands.ts";
import { buildRelease, readSandboxEnvironment, readSandboxStatus } from "../demo/sandbox.ts";
import type { Load } from "../load/load.ts";
import { spawnLoad } from "../load/spawn.ts";
import { printGateTables, SHORT, WHOLE } from "./gates.ts";
import { printGrowth } from "./growth/index.ts";
import { benchPeers } from "./peers/index.ts";
import { peersAreBuilt } from "./peers/programs.ts";
import { benchService, SHORT as SHORT_SERVICE, WHOLE as WHOLE_SERVICE } from "./service/index.ts";
import { engine } from "./updates/engine.ts";
import type { Measured } from "./updates/measured.ts";
import { benchPreview } from "./updates/preview.ts";
import { openQuietly } from "./updates/quiet-session.ts";
import { benchRollback } from "./updates/rollback.ts";
import { benchStep } from "./updates/step.ts";
import { benchWayBack, WATCHED, type Watched } from "./updates/way-back.ts";
import { openWeightMoves } from "./updates/weight-moves.ts";

/**
 * `npm run bench -- [PART...] [--short]`: the updates and the gates, each measured beside what it is held against. It never fails on a
 * figure.
 */
const PARTS = ["previews", "steps", "rollback", "canary", "gates", "growth", "service", "peers"] as const;
const command = scriptCommand("bench", "Measure the updates and the gates, each beside what it is held against.")
  .addArgument(
    new Argument("[part...]", "which parts; all of them where none is named, peers only where they are built").choices(
      PARTS,
    ),
  )
  .addHelpText(
    "after",
    `
\`peers\` gives the same bad release under the same load to ours, Argo Rollouts and Flagger, on a real control plane with a real Gateway
(docs/benchmarks.md). The first time it builds them from the Go module proxy, once for a user: Go 1.26 and an hour of CPU time, of
which \`npm run test:real\` shares two thirds. It takes 15 minutes, and needs root or user namespaces, util-linux, iproute2 and 2 GB of
memory. Without a part named it runs where everything is built already; with --short only where it is named.`,
  )
  .option("--short", "one round of each and few simulated canaries: whether everything runs, not what it says")
  .parse();
const asked = z.array(z.enum(PARTS)).parse(command.args);
const wants = (...parts: (typeof PARTS)[number][]): boolean =>
  asked.length === 0 || parts.some((part) => asked.includes(part));
const short = z.object({ short: z.literal(true).optional() }).parse(command.opts()).short ?? false;
const SIZES = short
  ? { pairs: 1, waysBack: 1, rollbacks: 1, gates: SHORT, growth: 100, service: SHORT_SERVICE }
  : { pairs: 5, waysBack: 5, rollbacks: 5, gates: WHOLE, growth: Number.POSITIVE_INFINITY, service: WHOLE_SERVICE };
const ROOT = join(import.meta.dirname, "../..");
const write = (line: string): void => void process.stdout.write(`${line}\n`);

async function mustRun(args: readonly string[], wanted = 0): Promise<void> {
  const { code, stdout } = await runbook(args, { output: "kept" });
  if (code !== wanted) throw new Error(`runbook ${args.join(" ")} ended with ${code}:\n${stdout.trim()}`);
}

async function startLoad(): Promise<Load> {
  const { gateway } = (await readSandboxStatus()).production;
  const { syntheticUser, syntheticPassword } = ACCOUNTS.production;
  return spawnLoad({ baseUrl: gateway, user: syntheticUser, password: syntheticPassword });
}

/** What measures a release on production under load. */
type Bench = (rounds: number, what: Measured, told: typeof write) => Promise<void>;

/** The short form has the command that waits alone: each other one takes a canary more. */
const watched: readonly Watched[] = short ? ["waits"] : WATCHED;
const benchWatched: Bench = (rounds, what, told) => benchWayBack(rounds, { ...what, watched }, told);

/** The id that a manifest's release gets on the session's stack. */
async function releaseId(session: Session, manifestFile: string): Promise<string> {
  const manifest = parseManifest(await readFile(manifestFile, "utf8"), manifestFile);
  const request = { runbook: "promote", manifest, reason: null, startedBy: "bench" } as const;
  return (await prepare(session, request)).release.id;
}

async function benchUpdates(): Promise<void> {
  const env = await readSandboxEnvironment();
  Object.assign(process.env, env);
  const up = (stack: string) => engine(["up", "--yes", "--skip-preview", "--stack", stack]);
  await Promise.all([up("staging"), up("production")]);

  const v2 = await buildRelease("v2", "2026.11.23-1", env);
  const session = await openQuietly(ROOT, "production");
  if (wants("previews")) {
    write(`previews, ${SIZES.pairs} rounds ...`);
    await benchPreview(SIZES.pairs, write);
  }
  if (wants("steps")) {
    write(`\nmoves of weights on production, ${SIZES.pairs} rounds ...`);
    const moves = await openWeightMoves(session, v2);
    await benchStep(SIZES.pairs, moves, write);
    await moves.end();
  }
  if (wants("rollback")) await underLoad("version 2, which is good", v2, session, SIZES.rollbacks, benchRollback);
  if (!wants("rollback", "canary")) return;
  const v3 = await buildRelease("v3", "2026.11.24-1", env);
  await underLoad("version 3, whose fault doesn't show on staging", v3, session, SIZES.waysBack, benchWatched);
}

/** Takes a release through staging, and measures what becomes of it on production under load. */
async function underLoad(
  what: string,
  manifest: string,
  session: Session,
  rounds: number,
  bench: Bench,
): Promise<void> {
  write(`\n${what}, goes through staging ...`);
  await mustRun(["deploy", "--stack", "staging", "--release", manifest, "--wait"]);
  write("then to production, under load ...");
  const load = await startLoad();
  try {
    await bench(rounds, { session, release: await releaseId(session, manifest), load }, write);
  } finally {
    const { sent, failed } = await load.stop();
    write(`requests under load: ${sent}, failed: ${failed}`);
  }
}

const own = {
  up: () => {
    write("the sandbox, with version 1 on both stacks ...");
    return mustRun(["sandbox", "up", "--new"]);
  },
  down: () => mustRun(["sandbox", "down"]),
};
try {
  if (wants("previews", "steps", "rollback", "canary")) await inOwnSandbox(own, benchUpdates);
} catch (error) {
  process.exitCode = 1;
  process.stderr.write(
    pc.red(`\nthe bench could not go on: ${error instanceof Error ? error.message : String(error)}\n`),
  );
}
if (wants("gates")) {
  write(pc.bold("\nThe error-rate gate, simulated"));
  printGateTables(write, SIZES.gates);
}
if (wants("growth")) {
  write(pc.bold("\nWork that grows"));
  await printGrowth(write, SIZES.growth);
}
if (wants("service")) {
  write(pc.bold("\nA service with many stacks, simulated"));
  await benchService(write, SIZES.service);
}
if (asked.includes("peers") || (asked.length === 0 && !short && peersAreBuilt())) {
  write(pc.bold("\nA bad release, and who takes it back when"));
  const code = await benchPeers(SIZES.pairs).catch((error: unknown) => {
    process.stderr.write(pc.red(`${error instanceof Error ? error.message : String(error)}\n`));
    return error instanceof Error && error.name === "Missing" ? 2 : 1;
  });
  if (code !== 0) process.exitCode = code;
}
