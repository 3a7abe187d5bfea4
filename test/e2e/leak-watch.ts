import { readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import type { Scanned } from "../../infra/records/redaction/leak-scan.ts";

/** How often the process list is looked at, in milliseconds: an engine's process lives for seconds. */
const LOOK_EVERY = 150;
/** Beyond it a file is a store's own data, a heap or a binary. */
const LARGEST_FILE = 32 * 1024 * 1024;

/** Looks at the processes of a folder while they run. */
export interface ProcessWatch {
  /** Ends the watch. What each process showed: its command line, and its environment but a pod's. */
  end(): Scanned[];
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return ""; // the process has left meanwhile
  }
}

function isBelow(pid: string, folder: string): boolean {
  try {
    return !relative(folder, readlinkSync(`/proc/${pid}/cwd`)).startsWith("..");
  } catch {
    return false;
  }
}

/** Whether a process belongs to tests that run beside this lane: it, or what started it, has another lane's number. */
function isOfAnotherLane(pid: string, lane: string | null): boolean {
  if (lane === null || Number(pid) <= 1) return false;
  const [, theirs] = /(?:^|\0)RUNBOOKS_TEST_LANE=(\d+)/.exec(read(`/proc/${pid}/environ`)) ?? [];
  if (theirs !== undefined) return theirs !== lane;
  const [, parent] = /^PPid:\t(\d+)$/m.exec(read(`/proc/${pid}/status`)) ?? [];
  return parent !== undefined && isOfAnotherLane(parent, lane);
}

/**
 * Watches every process of a lane that works in a folder, from now on. A pod is known by its RELEASE_ID: its environment has to hold its
 * secrets, its command line must not.
 */
export function watchProcesses(folder: string, lane: string | null): ProcessWatch {
  const seen = new Map<string, Scanned>();
  const look = (): void => {
    for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
      if (Number(pid) === process.pid || !isBelow(pid, folder) || isOfAnotherLane(pid, lane)) continue;
      const [command, environment] = [read(`/proc/${pid}/cmdline`), read(`/proc/${pid}/environ`)];
      const isPod = /(^|\0)RELEASE_ID=/.test(environment);
      const [line, variables] = [command, isPod ? "" : environment].map((text) => text.replaceAll("\0", "\n"));
      const place = `${isPod ? "pod" : "process"} ${pid} (${command.split("\0").slice(0, 3).join(" ").slice(0, 120)})`;
      // A process that becomes another by exec is looked at again.
      seen.set(`${pid} ${command}`, { place, text: `${line}\n${variables}` });
    }
  };
  look();
  const timer = setInterval(look, LOOK_EVERY);
  return {
    end() {
      clearInterval(timer);
      look();
      return [...seen.values()];
    },
  };
}

function filesBelow(folder: string, left: ReadonlySet<string>): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (left.has(path)) return [];
    if (entry.isDirectory()) return filesBelow(path, left);
    return entry.isFile() ? [path] : [];
  });
}

/** Every file below a folder, but those below the paths that are left out. Bytes are read as Latin letters, so that no file is too odd. */
export function filesIn(folder: string, leftOut: readonly string[] = []): Scanned[] {
  return filesBelow(folder, new Set(leftOut))
    .filter((path) => statSync(path).size <= LARGEST_FILE)
    .map((path) => ({ place: `file ${relative(folder, path)}`, text: readFileSync(path, "latin1") }));
}
