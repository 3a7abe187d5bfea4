import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Stage } from "../../sandbox/cloud/accounts.ts";
import { inOwnSandbox } from "../../sandbox/commands/own-sandbox.ts";
import { runbook, runCommand } from "../demo/commands.ts";
import { buildRelease, readSandboxEnvironment, readSandboxStatus } from "../demo/sandbox.ts";

/** The matrix has a sandbox of its own: one that a person has up stays as it is. */
const SANDBOX = { RUNBOOKS_SANDBOX: ".sandbox-crash" };
/** Between two requests of the background traffic that gives the gates something to count, in milliseconds. */
const PACE = 10;

/** A sandbox with version 1 on its stacks. */
export interface Room {
  env: NodeJS.ProcessEnv;
  /** the record store's folder */
  records: string;
  /** the file of version 2's manifest */
  release: string;
  gateways: Record<Stage, { gateway: string }>;
}

/** Runs a command that has to end with 0 or 75, and gives what it printed. */
export async function command(name: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  const ran = await (name === "runbook"
    ? runbook(args, { env, output: "kept" })
    : runCommand(name, args, { env, output: "kept" }));
  if (ran.code !== 0 && ran.code !== 75)
    throw new Error(`${name} ${args.join(" ")} left with ${ran.code}: ${ran.stdout}`);
  return ran.stdout;
}

/** Keeps requests coming to a gateway until it is stopped. */
export function traffic(gateway: string): () => void {
  const timer = setInterval(() => {
    fetch(gateway, { signal: AbortSignal.timeout(5_000) })
      .then((answer) => answer.text())
      .catch(() => undefined);
  }, PACE);
  return () => clearInterval(timer);
}

/** Brings a sandbox up with its own record store, does the work, and takes it down again. */
export async function inSandbox<T>(stacks: readonly Stage[], work: (room: Room) => Promise<T>): Promise<T> {
  const records = await mkdtemp(join(tmpdir(), "crash-records-"));
  const own = {
    up: () => command("runbook", ["sandbox", "up", "--new"], SANDBOX),
    down: () => command("runbook", ["sandbox", "down", "--purge"], SANDBOX),
  };
  const inside = async () => {
    const env = { ...(await readSandboxEnvironment(SANDBOX)), RUNBOOKS_RECORDS: pathToFileURL(records).href };
    const quietly = ["--yes", "--skip-preview", "--non-interactive", "--suppress-progress"];
    await Promise.all(stacks.map((stack) => command("pulumi", ["up", ...quietly, "--stack", stack], env)));
    const release = await buildRelease("v2", "2026.11.23-1", env);
    return work({ env, records, release, gateways: await readSandboxStatus(env) });
  };
  try {
    return await inOwnSandbox(own, inside);
  } finally {
    await rm(records, { recursive: true, force: true });
  }
}

/** A stack's export as the CLI prints it. */
export function exported(stack: Stage, env: NodeJS.ProcessEnv): Promise<string> {
  return command("pulumi", ["stack", "export", "--non-interactive", "--stack", stack], env);
}
