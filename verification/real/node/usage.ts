import { readdirSync, readFileSync } from "node:fs";

/** Clock ticks a second: what Linux has on every machine that this runs on. */
const TICKS = 100;
const PAGE = 4_096;

/** What a process group has used: CPU seconds since its start, and bytes of memory now. */
export interface Usage {
  cpuSeconds: number;
  bytes: number;
}

/** The fields of /proc/PID/stat after the command, which may hold spaces and brackets. */
function statOf(pid: string): string[] | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return null;
  }
}

/** Reads what the process groups have used, each by the group's id. */
export function usageOf(groups: ReadonlySet<number>): Map<number, Usage> {
  const found = new Map<number, Usage>();
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    const fields = statOf(pid);
    const group = Number(fields?.[2]);
    if (fields === null || !groups.has(group)) continue;
    const used = found.get(group) ?? { cpuSeconds: 0, bytes: 0 };
    const ticks = Number(fields[11]) + Number(fields[12]);
    found.set(group, { cpuSeconds: used.cpuSeconds + ticks / TICKS, bytes: used.bytes + Number(fields[21]) * PAGE });
  }
  return found;
}
