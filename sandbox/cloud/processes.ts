import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { processStart } from "../../infra/clients/process-start.mjs";
import { badInput } from "../../infra/errors.ts";

/** What is written down about a process, enough to end it later and no other. */
const recordSchema = z.object({
  pid: z.int().positive(),
  /** Tells a process from a later one with the same id. */
  startTime: z.string(),
  what: z.string(),
  endSignal: z.enum(["SIGTERM", "SIGINT"]),
});

export type ProcessRecord = z.infer<typeof recordSchema>;

/** A process to start. */
export interface RecordedSpawn {
  /** For people: "redis-server of staging". */
  what: string;
  command: string;
  args: readonly string[];
  env: NodeJS.ProcessEnv;
  cwd: string;
  stdio: NonNullable<SpawnOptions["stdio"]>;
  /** What asks it to leave; SIGTERM where not given. */
  endSignal?: ProcessRecord["endSignal"];
}

/** Starts a process in a group of its own and writes it down. */
export type SpawnRecorded = (options: RecordedSpawn) => ChildProcess;

const GRACE_MS = 3_000;
const POLL_MS = 20;

/** Whether the very process that was written down is still there. */
export function isAlive(record: Pick<ProcessRecord, "pid" | "startTime">): boolean {
  return processStart(record.pid) === record.startTime;
}

/** Sends a signal to a process and all that it has started; one that has ended, or never began, gets none. */
export function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

async function isGone(record: ProcessRecord, deadline: number): Promise<boolean> {
  while (isAlive(record)) {
    if (Date.now() > deadline) return false;
    await delay(POLL_MS);
  }
  return true;
}

/** Ends a recorded process and its group, first by asking, after three seconds by force. */
export async function endProcess(record: ProcessRecord): Promise<void> {
  if (!isAlive(record)) return;
  signalGroup(record.pid, record.endSignal);
  if (await isGone(record, Date.now() + GRACE_MS)) return;
  signalGroup(record.pid, "SIGKILL");
  if (!(await isGone(record, Date.now() + GRACE_MS))) {
    throw new Error(`process ${record.pid} (${record.what}) doesn't end: end it by hand`);
  }
}

/** The processes of a sandbox, each written down in a folder for as long as it lives. */
export interface Processes {
  spawnRecorded: SpawnRecorded;
  /** Writes down the calling process itself. */
  recordSelf(what: string): ProcessRecord;
  /** Ends everything else that is written down, also what an earlier daemon has left; answers what it ended. */
  endAll(): Promise<ProcessRecord[]>;
}

/** Writes a record whole or not at all. */
function writeRecord(file: string, record: ProcessRecord): void {
  writeFileSync(`${file}.new`, JSON.stringify(record));
  renameSync(`${file}.new`, file);
}

/** Reads the records of a folder. @throws Refusal (exit 2) that names one which can't be read: its process would be left behind unseen */
function readRecords(dir: string): { file: string; record: ProcessRecord }[] {
  const names = readdirSync(dir).filter((name) => name.endsWith(".json"));
  return names.flatMap((name) => {
    const file = join(dir, name);
    const text = readIfThere(file);
    if (text === null) return [];
    const record = recordIn(text);
    if (record === null) {
      throw badInput(`${file} can't be read: end the process ${basename(name, ".json")} by hand, and remove the file`);
    }
    return [{ file, record }];
  });
}

function recordIn(text: string): ProcessRecord | null {
  try {
    return recordSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** Reads a file; null where there is none, such as of a process that has just left. */
export function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

/** Opens a folder of process records, made where it isn't there. */
export function openProcesses(dir: string): Processes {
  mkdirSync(dir, { recursive: true });

  const spawnRecorded: SpawnRecorded = ({ what, command, args, env, cwd, stdio, endSignal = "SIGTERM" }) => {
    const child = spawn(command, args, { env, cwd, stdio, detached: true });
    const { pid } = child;
    if (pid === undefined) return child;
    const file = join(dir, `${pid}.json`);
    const startTime = processStart(pid);
    if (startTime !== null) writeRecord(file, { pid, startTime, what, endSignal });
    child.once("exit", () => rmSync(file, { force: true }));
    return child;
  };

  const endAll = async (): Promise<ProcessRecord[]> => {
    const records = readRecords(dir);
    const others = records.filter(({ record }) => record.pid !== process.pid);
    const alive = others.flatMap(({ record }) => (isAlive(record) ? [record] : []));
    await Promise.all(alive.map(endProcess));
    for (const { file } of others) rmSync(file, { force: true });
    return alive;
  };

  const recordSelf = (what: string): ProcessRecord => {
    const record = {
      pid: process.pid,
      startTime: processStart(process.pid) ?? "",
      what,
      endSignal: "SIGTERM" as const,
    };
    writeRecord(join(dir, `${process.pid}.json`), record);
    return record;
  };

  return { spawnRecorded, recordSelf, endAll };
}
