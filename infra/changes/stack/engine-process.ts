import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { open, readFile, rm } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { processStart } from "../record/process.ts";

/** A Pulumi CLI that makes an update: enough to find it again, from another process too. */
export const engineProcessSchema = z.strictObject({
  host: z.string(),
  pid: z.int(),
  /** tells the process from a later one with the same number */
  startTime: z.string(),
  /** the folder of its hand-over and output, removed when it is gone */
  room: z.string(),
});

export type EngineProcess = z.infer<typeof engineProcessSchema>;

/** Who a stack's lock says it belongs to. */
export interface LockOwner {
  host: string;
  pid: number;
}

/** The name with which every room begins. */
export const ROOM = "runbook-";
/** How often a process of another runner is looked at, in milliseconds. */
const LOOK_EVERY = 100;
/** The shell waits for a line before it becomes the CLI: where none comes, since the runner has died, it leaves. */
const HELD = 'read -r go && exec "$0" "$@" </dev/null';

/** How a held process ended. */
export interface EngineEnd {
  code: number;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface HeldOptions {
  cwd: string;
  env: NodeJS.ProcessEnv;
  room: string;
  /** called with the process before it does anything; where it throws, nothing is done */
  begun: (engine: EngineProcess) => Promise<void>;
}

/**
 * Runs a command that is known to others before it begins. Its output goes to files and it has a group of its own, so
 * that the end of the runner neither stops it half-way nor leaves it unknown.
 */
export async function runHeld(command: string, args: readonly string[], options: HeldOptions): Promise<EngineEnd> {
  const { cwd, env, room, begun } = options;
  const files = { stdout: join(room, "stdout"), stderr: join(room, "stderr") };
  const [stdout, stderr] = await Promise.all([open(files.stdout, "w"), open(files.stderr, "w")]);
  try {
    const child = spawn("sh", ["-c", HELD, command, ...args], {
      cwd,
      env,
      detached: true,
      stdio: ["pipe", stdout.fd, stderr.fd],
    });
    const ended = endOf(child);
    await release(child, room, begun);
    return {
      ...(await ended),
      stdout: await readFile(files.stdout, "utf8"),
      stderr: await readFile(files.stderr, "utf8"),
    };
  } finally {
    await Promise.all([stdout.close(), stderr.close()]);
  }
}

async function endOf(child: ChildProcess): Promise<{ code: number; signal: NodeJS.Signals | null }> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code: code ?? 255, signal }));
  });
}

async function release(child: ChildProcess, room: string, begun: HeldOptions["begun"]): Promise<void> {
  const { pid, stdin } = child;
  if (pid === undefined || stdin === null) return;
  // Where the process is killed before it was let go, the line has nowhere to go; its end says so.
  stdin.on("error", () => undefined);
  try {
    await begun({ host: hostname(), pid, startTime: (await processStart(pid)) ?? "gone", room });
  } catch (error) {
    const gone = once(child, "close");
    stdin.end();
    await gone;
    throw error;
  }
  stdin.end("go\n");
}

/** Whether a process is at work, has ended, or runs (or ran) where it can't be looked at. */
export async function sightOfEngine(engine: EngineProcess): Promise<"at work" | "gone" | "elsewhere"> {
  if (engine.host !== hostname()) return "elsewhere";
  return (await processStart(engine.pid)) === engine.startTime ? "at work" : "gone";
}

/** Waits until a process of this machine has ended, and removes its room. Milliseconds. */
export async function awaitEngineEnd(
  engine: EngineProcess,
  within: number,
  signal: AbortSignal,
): Promise<"at work" | "gone" | "elsewhere"> {
  const deadline = performance.now() + within;
  let sight = await sightOfEngine(engine);
  while (sight === "at work" && performance.now() < deadline && !signal.aborted) {
    await delay(LOOK_EVERY);
    sight = await sightOfEngine(engine);
  }
  const isRoom = dirname(engine.room) === tmpdir() && basename(engine.room).startsWith(ROOM);
  if (sight === "gone" && isRoom) await rm(engine.room, { recursive: true, force: true });
  return sight;
}

/** Whether every owner is one of a change's own processes, and known to be dead. */
export async function areOwnAndDead(owners: readonly LockOwner[], engines: readonly EngineProcess[]): Promise<boolean> {
  const sights = owners.map(async ({ host, pid }) => {
    const engine = engines.findLast((one) => one.host === host && one.pid === pid);
    return engine !== undefined && (await sightOfEngine(engine)) === "gone";
  });
  return owners.length > 0 && (await Promise.all(sights)).every((dead) => dead);
}

const LOCK_OWNER = /created by \S+@(\S+) \(pid (\d+)\) at /g;

/** Reads the owners of a stack's locks from what the CLI says of them (pure). */
export function lockOwners(text: string): LockOwner[] {
  return [...text.matchAll(LOCK_OWNER)].map(([, host = "", pid]) => ({ host, pid: Number(pid) }));
}
