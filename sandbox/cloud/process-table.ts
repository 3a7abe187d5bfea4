import { execFile, execFileSync } from "node:child_process";
import { promisify } from "node:util";
import { rowsBelow } from "../../infra/clients/process-tree.ts";

/** One process of this machine. */
export interface ProcessRow {
  pid: number;
  /** the process that started it */
  parent: number;
  /** what it has in memory, in bytes, with what it shares */
  resident: number;
}

const KIB = 1_024;

/** What `ps -A -o pid= -o ppid= -o rss=` prints (pure). */
export function rowsIn(printed: string): ProcessRow[] {
  return printed
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const [pid = Number.NaN, parent = Number.NaN, kilobytes = Number.NaN] = line.trim().split(/\s+/).map(Number);
      if (![pid, parent, kilobytes].every(Number.isInteger)) throw new Error(`ps printed ${JSON.stringify(line)}`);
      return { pid, parent, resident: kilobytes * KIB };
    });
}

/** The options of POSIX' `ps`, the same on Linux and macOS. */
const EVERY_PROCESS = ["-A", "-o", "pid=", "-o", "ppid=", "-o", "rss="];

/** The processes of this machine. @throws Error where `ps` can't be run */
export async function processTable(): Promise<ProcessRow[]> {
  return rowsIn((await promisify(execFile)("ps", EVERY_PROCESS)).stdout);
}

/** The same, for code that can't wait. */
export function processTableNow(): ProcessRow[] {
  return rowsIn(execFileSync("ps", EVERY_PROCESS, { encoding: "utf8" }));
}

/** A process and all that it started, directly or not (pure). */
export function familyOf(root: number, rows: readonly ProcessRow[]): ProcessRow[] {
  return [...rows.filter(({ pid }) => pid === root), ...rowsBelow(rows, root)];
}
