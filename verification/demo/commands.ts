import { spawn } from "node:child_process";
import { join } from "node:path";
import pc from "picocolors";
import { onInterruption } from "../../infra/cli/interruption.ts";

/** The demo and the bench have a sandbox of their own, whatever RUNBOOKS_SANDBOX says: one that a person has up stays as it is. */
export const FOLDER = process.env.RUNBOOKS_DEMO_SANDBOX ?? ".sandbox-demo";
const ROOT = join(import.meta.dirname, "../..");

/** How a command of the demo ended. */
export interface Ended {
  code: number;
  seconds: number;
  stdout: string;
}

interface RunOptions {
  env?: NodeJS.ProcessEnv;
  /** shown: what it prints is passed on; kept: only given back */
  output: "shown" | "kept";
  /** else the project's folder */
  cwd?: string | undefined;
}

/** Runs a command, and waits for its end; an interruption of this process is passed on to it. */
export async function runCommand(command: string, args: readonly string[], options: RunOptions): Promise<Ended> {
  const startedAt = performance.now();
  const stdout = options.output === "shown" ? "inherit" : "pipe";
  const child = spawn(command, args, {
    cwd: options.cwd ?? ROOT,
    env: { ...process.env, RUNBOOKS_SANDBOX: FOLDER, ...options.env },
    stdio: ["ignore", stdout, "inherit"],
  });
  const settled = onInterruption(() => child.kill("SIGTERM"));
  let text = "";
  child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  const code = await new Promise<number>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status) => resolve(status ?? 1));
  }).finally(settled);
  return { code, seconds: (performance.now() - startedAt) / 1_000, stdout: text };
}

/** Runs `runbook ARGS`, as a person would. */
export function runbook(args: readonly string[], options: RunOptions): Promise<Ended> {
  if (options.output === "shown") process.stdout.write(pc.dim(`\n$ runbook ${args.join(" ")}\n`));
  return runCommand(process.execPath, [join(ROOT, "bin/runbook.ts"), ...args], options);
}
