import { readFile } from "node:fs/promises";
import { familyOf, processTable } from "../../process-table.ts";
import type { Container } from "../schemas/container.ts";
import { pause } from "../wait.ts";

const LOOK_MS = 200;
const KIB = 1_024;
const UNITS: Readonly<Record<string, number>> = { "": 1, Ki: KIB, Mi: KIB ** 2, Gi: KIB ** 3, k: 1e3, M: 1e6, G: 1e9 };

/** A container's memory limit in bytes; undefined where it has none. */
export function memoryLimit({ resources }: Pick<Container, "resources">): number | undefined {
  const [, number, unit = ""] = /^(\d+(?:\.\d+)?)([A-Za-z]*)$/.exec(String(resources?.limits?.memory ?? "")) ?? [];
  const factor = UNITS[unit];
  return number === undefined || factor === undefined ? undefined : Number(number) * factor;
}

/** A file of a process in /proc; empty where the process has ended. */
async function procFile(file: string): Promise<string> {
  return readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ESRCH") return "";
    throw error;
  });
}

/** The bytes of a process that can't be written back or dropped: what fills its control group; 0 for one that is gone. */
async function anonymousMemory(pid: number): Promise<number> {
  return Number(/^RssAnon:\s+(\d+) kB$/m.exec(await procFile(`/proc/${pid}/status`))?.[1] ?? 0) * KIB;
}

async function childrenOf(pid: number): Promise<number[]> {
  return (await procFile(`/proc/${pid}/task/${pid}/children`)).split(" ").filter(Boolean).map(Number);
}

/** What a process and all that it started hold, as Linux counts it. */
async function anonymousOf(pid: number): Promise<number> {
  const [own, children] = await Promise.all([anonymousMemory(pid), childrenOf(pid)]);
  const theirs = await Promise.all(children.map(anonymousOf));
  return theirs.reduce((sum, bytes) => sum + bytes, own);
}

/** The same where there is no /proc: with what the processes share, which is more. */
async function residentOf(pid: number): Promise<number> {
  return familyOf(pid, await processTable()).reduce((sum, { resident }) => sum + resident, 0);
}

/** The memory of a process and of all that it started. */
const memoryOf = process.platform === "linux" ? anonymousOf : residentOf;

/**
 * Watches a container's processes until the signal aborts; resolves to true as soon as they use more than the limit, at which the kernel kills
 * them (memory.max of cgroup v2, which kills the whole group under the kubelet).
 */
export async function outgrows(pid: number, limit: number, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    if ((await memoryOf(pid)) > limit) return true;
    await pause(LOOK_MS, signal);
  }
  return false;
}
