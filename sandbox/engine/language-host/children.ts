import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";

const running = new Set<ChildProcess>();

/** Starts Node with `args`; the process is ended with the host, however the host ends. */
export function startNode(args: string[], options: SpawnOptions): ChildProcess {
  const child = spawn(process.execPath, args, options);
  running.add(child);
  child.once("close", () => running.delete(child));
  child.once("error", () => running.delete(child));
  return child;
}

/** Asks every process that the host started to leave. */
export function endChildren(): void {
  for (const child of running) child.kill("SIGTERM");
}

/** Ends the host and what it started. */
export function endWith(code: number): void {
  endChildren();
  process.exit(code);
}
