import { readFile } from "node:fs/promises";
import { join } from "node:path";
import pc from "picocolors";
import { prepare } from "../../infra/changes/open.ts";
import { createReporter } from "../../infra/changes/reporter/index.ts";
import { openSession, type Session } from "../../infra/changes/session.ts";
import { parseManifest } from "../../infra/manifest.ts";
import { ACCOUNTS } from "../cloud/accounts.ts";
import { runbook } from "../demo/commands.ts";
import { buildRelease, readSandboxEnvironment, readSandboxStatus } from "../demo/sandbox.ts";
import type { Load } from "../load/load.ts";
import { spawnLoad } from "../load/spawn.ts";
import { printGateTables } from "./gates.ts";
import { engine } from "./updates/engine.ts";
import { benchPreview } from "./updates/preview.ts";
import { benchStep } from "./updates/step.ts";
import { benchWayBack } from "./updates/way-back.ts";
import { openWeightMoves } from "./updates/weight-moves.ts";

/** `npm run bench`: the updates and the gates, each measured beside what it is held against. It never fails on a figure. */
const PAIRS = 5;
const WAYS_BACK = 3;
const ROOT = join(import.meta.dirname, "../..");
const write = (line: string): void => void process.stdout.write(`${line}\n`);

async function mustRun(args: readonly string[], wanted = 0): Promise<void> {
  const { code, stdout } = await runbook(args, { output: "kept" });
  if (code !== wanted) throw new Error(`runbook ${args.join(" ")} ended with ${code}:\n${stdout.trim()}`);
}

function openProduction(): Promise<Session> {
  const reporter = createReporter("json", { stdout: process.stderr, stderr: process.stderr });
  const silent = { ...reporter, event: () => undefined, tick: () => undefined };
  return openSession({ cwd: ROOT, stack: "production", onCall: null, records: null, reporter: silent });
}

async function startLoad(): Promise<Load> {
  const { gateway } = (await readSandboxStatus()).production;
  const { syntheticUser, syntheticPassword } = ACCOUNTS.production;
  return spawnLoad({ baseUrl: gateway, user: syntheticUser, password: syntheticPassword });
}

/** The id that a manifest's release gets on the session's stack. */
async function releaseId(session: Session, manifestFile: string): Promise<string> {
  const manifest = parseManifest(await readFile(manifestFile, "utf8"), manifestFile);
  const request = { runbook: "promote", manifest, reason: null, startedBy: "bench" } as const;
  return (await prepare(session, request)).release.id;
}

async function benchUpdates(): Promise<void> {
  write("the sandbox, with version 1 on both stacks ...");
  await mustRun(["sandbox", "up"]);
  const env = await readSandboxEnvironment();
  Object.assign(process.env, env);
  const up = (stack: string) => engine(["up", "--yes", "--skip-preview", "--stack", stack]);
  await Promise.all([up("staging"), up("production")]);

  write(`previews, ${PAIRS} rounds ...`);
  await benchPreview(PAIRS, write);

  write(`\nmoves of weights on production, ${PAIRS} rounds ...`);
  const session = await openProduction();
  const moves = await openWeightMoves(session, await buildRelease("v2", "2026.11.23-1", env));
  await benchStep(PAIRS, moves, write);
  await moves.end();

  write("\nversion 3, whose fault doesn't show on staging, goes through there ...");
  const v3 = await buildRelease("v3", "2026.11.24-1", env);
  await mustRun(["deploy", "--stack", "staging", "--release", v3, "--wait"]);
  write("its canary on production, under load ...");
  const load = await startLoad();
  try {
    await benchWayBack(WAYS_BACK, { session, release: await releaseId(session, v3) }, write);
  } finally {
    await load.stop();
  }
}

try {
  await benchUpdates();
} catch (error) {
  process.exitCode = 1;
  process.stderr.write(
    pc.red(`\nthe bench could not go on: ${error instanceof Error ? error.message : String(error)}\n`),
  );
} finally {
  await mustRun(["sandbox", "down"]);
}
write(pc.bold("\nThe error-rate gate, simulated"));
printGateTables(write);
