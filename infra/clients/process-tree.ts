import { type ChildProcess, execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { processStart, sightOfProcess } from "./process-start.mjs";

type KnownProcess = Parameters<typeof sightOfProcess>[0];

/** A process and the one that began it. */
interface Begun {
  pid: number;
  parent: number;
}

/** The processes of this machine, as /proc has them: the parent is the second field after the command's closing parenthesis (proc(5)). */
function byProc(): Begun[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      return [{ pid: Number(pid), parent: Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]) }];
    } catch {
      return []; // It has ended since.
    }
  });
}

/** The same by `ps`, on macOS and any other system. */
function byPs(): Begun[] {
  const printed = execFileSync("ps", ["-A", "-o", "pid=", "-o", "ppid="], { encoding: "utf8" });
  return [...printed.matchAll(/^\s*(\d+)\s+(\d+)\s*$/gm)].map(([, pid, parent]) => ({
    pid: Number(pid),
    parent: Number(parent),
  }));
}

/** The rows of what a process has begun, and of what that has begun (pure). */
export function rowsBelow<Row extends Begun>(all: readonly Row[], pid: number): Row[] {
  return all.filter(({ parent }) => parent === pid).flatMap((one) => [one, ...rowsBelow(all, one.pid)]);
}

/** The same by their numbers (pure). */
export function below(all: readonly Begun[], pid: number): number[] {
  return rowsBelow(all, pid).map((row) => row.pid);
}

/** What a process has begun now; nothing where that can't be looked at. */
function begunBy(pid: number): KnownProcess[] {
  try {
    const all = process.platform === "linux" ? byProc() : byPs();
    return below(all, pid).flatMap((one) => {
      const startTime = processStart(one);
      return startTime === null ? [] : [{ pid: one, startTime }];
    });
  } catch {
    return [];
  }
}

function kill(known: KnownProcess): void {
  if (sightOfProcess(known) !== "alive") return;
  try {
    process.kill(known.pid, "SIGKILL");
  } catch {
    // It has ended since.
  }
}

/** How long a process has to leave by itself once it was asked to, in milliseconds: no longer than it had to do its work. */
const LEAVES_WITHIN = 10_000;

/** A process whose time is limited. */
export interface Limited {
  /** whether its time was up before it had ended */
  isOverdue(): boolean;
  /** to be called once it has ended */
  ended(): void;
}

/**
 * Ends a process that takes longer than so many milliseconds: it is interrupted, and a little later ended with everything that it has begun. The
 * Pulumi CLI gives each plugin a process group of its own (sdk/go/common/util/cmdutil), so that ending its group wouldn't reach them.
 */
export function limitTime(child: ChildProcess, within: number): Limited {
  const begun: KnownProcess[] = [];
  let isOverdue = false;
  const lookBelow = (): void => {
    if (child.pid !== undefined) begun.push(...begunBy(child.pid));
  };
  const endAll = (): void => {
    lookBelow();
    child.kill("SIGKILL");
    begun.forEach(kill);
  };
  let timer = setTimeout(() => {
    isOverdue = true;
    // Once it has ended, nobody can tell what it had begun.
    lookBelow();
    child.kill("SIGINT");
    timer = setTimeout(endAll, Math.min(within, LEAVES_WITHIN));
  }, within);
  return {
    isOverdue: () => isOverdue,
    ended() {
      clearTimeout(timer);
      begun.forEach(kill);
    },
  };
}
