import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { open, readFile, rm } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { processStart, sightOfProcess } from "../clients/process-start.mjs";
import type { LockOwner } from "./cli-text.ts";

/** A Pulumi CLI that makes an update: enough to find it again, from another process too. */
export const engineProcessSchema = z.strictObject({
  host: z.string(),
  pid: z.int(),
  /** tells the process from a later one with the same number */
  startTime: z.string(),
  /** the folder of its hand-over and output, removed when it is gone */
  room: z.string(),
  /** when it is ended at the latest, by the clock of its host; records of before have none */
  endsBy: z.iso.datetime().nullable().default(null),
});

export type EngineProcess = z.infer<typeof engineProcessSchema>;

/** The name with which every room begins. */
export const ROOM = "runbook-";
/** How often a process of another runner is looked at, in milliseconds. */
const LOOK_EVERY = 100;
/**
 * How long an update may take, in milliseconds: more than a migration's deadline and the readiness of a release's pods together. It is enforced on its
 * own host, whatever has become of the runner, so that from any other host its lock is known to be dead some time after.
 */
const LONGEST_ENGINE = 45 * 60_000;
/** How long it has to leave by itself once it was asked to, in milliseconds. */
const LEAVES_WITHIN = 60_000;
/** By how much the clocks of two hosts may differ, in milliseconds. */
export const CLOCKS_DIFFER = 10 * 60_000;
/**
 * The shell waits for a line before it becomes the CLI: where none comes, since the runner has died, it leaves. Beside it something looks each second
 * whether the time is up, interrupts the CLI then, and a minute later ends its whole group.
 */
const HELD = `read -r go || exit
(
  exec </dev/null >/dev/null 2>&1
  trap "" INT
  passed=0
  while kill -0 $$; do
    if [ "$passed" -eq "$RUNBOOKS_ENGINE_SECONDS" ]; then kill -INT $$; fi
    if [ "$passed" -ge "$((RUNBOOKS_ENGINE_SECONDS + ${LEAVES_WITHIN / 1_000}))" ]; then kill -KILL -- -$$; exit; fi
    sleep 1
    passed=$((passed + 1))
  done
) &
exec "$0" "$@" </dev/null`;

/** How a held process ended. */
export interface EngineEnd {
  code: number;
  /** the signal that ended it, as kill -9 does */
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
  /** how long it may take, in milliseconds */
  within?: number;
}

/**
 * Runs a command that is known to others before it begins. Its output goes to files and it has a group of its own, so
 * that the end of the runner neither stops it half-way nor leaves it unknown.
 */
export async function runHeld(command: string, args: readonly string[], options: HeldOptions): Promise<EngineEnd> {
  const { cwd, env, room, begun, within = LONGEST_ENGINE } = options;
  const files = { stdout: join(room, "stdout"), stderr: join(room, "stderr") };
  const [stdout, stderr] = await Promise.all([open(files.stdout, "w"), open(files.stderr, "w")]);
  try {
    const child = spawn("sh", ["-c", HELD, command, ...args], {
      cwd,
      env: { ...env, RUNBOOKS_ENGINE_SECONDS: String(Math.ceil(within / 1_000)) },
      detached: true,
      stdio: ["pipe", stdout.fd, stderr.fd],
    });
    const ended = endOf(child);
    const endsBy = new Date(Date.now() + within + LEAVES_WITHIN).toISOString();
    await release(child, { room, endsBy }, begun);
    const end = await ended;
    endGroup(child);
    return {
      ...end,
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

/** Ends what the CLI has left in its group: what watches its time, a provider that lost it. */
function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

async function release(
  child: ChildProcess,
  known: Pick<EngineProcess, "room" | "endsBy">,
  begun: HeldOptions["begun"],
): Promise<void> {
  const { pid, stdin } = child;
  if (pid === undefined || stdin === null) return;
  // Where the process is killed before it was let go, the line has nowhere to go; its end says so.
  stdin.on("error", () => undefined);
  try {
    await begun({ host: hostname(), pid, startTime: processStart(pid) ?? "gone", ...known });
  } catch (error) {
    const gone = once(child, "close");
    stdin.end();
    await gone;
    throw error;
  }
  stdin.end("go\n");
}

/** When an engine was started, in milliseconds by the clock of its host; null where its record doesn't say until when it may run (pure). */
export function engineBegan({ endsBy }: EngineProcess): number | null {
  return endsBy === null ? null : Date.parse(endsBy) - LONGEST_ENGINE - LEAVES_WITHIN;
}

/** Whether an engine of another host is known to have ended, by other evidence than the time that has passed. */
export type HasEnded = (engine: EngineProcess) => Promise<boolean>;

const NOBODY_KNOWS: HasEnded = async () => false;

/**
 * Whether a process is at work, has ended, or runs (or ran) where it can't be looked at. Such a one, as of another host, has ended once its time is up
 * there, also by a clock that differs from ours.
 */
export async function sightOfEngine(
  engine: EngineProcess,
  now = Date.now(),
  hasEnded: HasEnded = NOBODY_KNOWS,
): Promise<"at work" | "gone" | "elsewhere"> {
  const sight = engine.host === hostname() ? sightOfProcess(engine) : "unseen";
  if (sight !== "unseen") return sight === "alive" ? "at work" : "gone";
  const isOver = engine.endsBy !== null && now > Date.parse(engine.endsBy) + CLOCKS_DIFFER;
  return isOver || (await hasEnded(engine)) ? "gone" : "elsewhere";
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
export async function areOwnAndDead(
  owners: readonly LockOwner[],
  engines: readonly EngineProcess[],
  now = Date.now(),
  hasEnded: HasEnded = NOBODY_KNOWS,
): Promise<boolean> {
  const sights = owners.map(async ({ host, pid }) => {
    const engine = engines.findLast((one) => one.host === host && one.pid === pid);
    return engine !== undefined && (await sightOfEngine(engine, now, hasEnded)) === "gone";
  });
  return owners.length > 0 && (await Promise.all(sights)).every((dead) => dead);
}
