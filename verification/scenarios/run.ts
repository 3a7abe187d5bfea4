import { spawn } from "node:child_process";

/** What a command printed, and how it ended. */
export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
  seconds: number;
}

/** Runs a program and waits for its end, whatever that is. @throws AbortError where the signal ends it (by SIGTERM) */
export async function run(
  command: string,
  args: readonly string[],
  options: { cwd: string; env: NodeJS.ProcessEnv; input?: string; signal?: AbortSignal },
): Promise<Ran> {
  const startedAt = performance.now();
  const { input = "", ...rest } = options;
  const child = spawn(command, args, { ...rest, stdio: ["pipe", "pipe", "pipe"] });
  child.stdin.on("error", () => undefined).end(input);
  const output = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output.stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    output.stderr += text;
  });
  const code = await new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (status) => resolve(status ?? 255));
  });
  return { code, ...output, seconds: (performance.now() - startedAt) / 1_000 };
}

/** The last lines of what a command said, for an error. */
export function saidLast({ stdout, stderr }: Pick<Ran, "stdout" | "stderr">): string {
  return `${stdout}\n${stderr}`.trim().split("\n").slice(-25).join("\n");
}
