import { spawn } from "node:child_process";
import { join } from "node:path";
import pc from "picocolors";

/** The demo and the bench have a sandbox of their own: one that a person has up stays as it is. */
export const FOLDER = ".sandbox-demo";
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

/** Runs a command, and waits for its end. */
export async function runCommand(command: string, args: readonly string[], options: RunOptions): Promise<Ended> {
  const startedAt = performance.now();
  const stdout = options.output === "shown" ? "inherit" : "pipe";
  const child = spawn(command, args, {
    cwd: options.cwd ?? ROOT,
    env: { ...process.env, RUNBOOKS_SANDBOX: FOLDER, ...options.env },
    stdio: ["ignore", stdout, "inherit"],
  });
  let text = "";
  child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  const code = await new Promise<number>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status) => resolve(status ?? 1));
  });
  return { code, seconds: (performance.now() - startedAt) / 1_000, stdout: text };
}

/** Runs `runbook ARGS`, as a person would. */
export function runbook(args: readonly string[], options: RunOptions): Promise<Ended> {
  if (options.output === "shown") process.stdout.write(pc.dim(`\n$ runbook ${args.join(" ")}\n`));
  return runCommand(process.execPath, [join(ROOT, "bin/runbook.ts"), ...args], options);
}
