import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/**
 * How a process is known, everywhere: by its number and when it began, since a number is given to another process later. Plain JavaScript without
 * packages: the installation's lock needs it before there is a Node that runs TypeScript.
 */

/** @typedef {{ pid: number, startTime: string }} KnownProcess */

/** In /proc/PID/stat the start time is field 22; after the command's closing parenthesis it is the 20th, and the state the first (proc(5)). */
const START_TIME = 19;

/**
 * @param {unknown} error
 * @param {string[]} codes
 */
function hasCode(error, ...codes) {
  return error instanceof Error && "code" in error && codes.includes(String(error.code));
}

/**
 * Reads a file of /proc; null where it isn't there, or where its process ended meanwhile.
 * @param {string} file
 */
function procFile(file) {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (hasCode(error, "ENOENT", "ESRCH")) return null;
    throw error;
  }
}

/**
 * Whether a process has this number, whoever's it is.
 * @param {number} pid
 */
function exists(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    if (hasCode(error, "ESRCH")) return false;
    if (hasCode(error, "EPERM")) return true;
    throw error;
  }
}

/**
 * As Linux says it: ticks since the boot, and which boot that was.
 * @param {number} pid
 * @returns {string | null}
 */
export function startByProc(pid) {
  const stat = procFile(`/proc/${pid}/stat`);
  if (stat === null) {
    // A mount with hidepid shows nobody else's processes.
    if (exists(pid)) throw new Error(`process ${pid} can't be looked at: /proc doesn't show it to this user`);
    return null;
  }
  // The command may hold spaces and brackets: fields are counted after its last bracket.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (fields[0] === "Z" || fields[0] === "X") return null;
  return `${procFile("/proc/sys/kernel/random/boot_id")?.trim() ?? "no boot id"}/${fields[START_TIME]}`;
}

/** What `ps` prints is the same whoever asks: its times are written in the language and the time zone of the environment. */
const PLAIN = { LC_ALL: "C", TZ: "UTC" };

/**
 * As `ps` says it, on macOS and any other system: to the second, in UTC.
 * @param {number} pid
 * @returns {string | null}
 */
export function startByPs(pid) {
  const started = psOf(pid);
  if (started === null) return null;
  const [, state = "", time = ""] = /^\s*(\S+)\s+(.*\S)\s*$/.exec(started) ?? [];
  if (time === "") throw new Error(`process ${pid} can't be looked at: ps answered ${JSON.stringify(started)}`);
  return state.startsWith("Z") ? null : time.replace(/\s+/g, " ");
}

/**
 * @param {number} pid
 * @returns {string | null} null where `ps` knows no such process
 */
function psOf(pid) {
  const env = { PATH: process.env.PATH, ...PLAIN };
  try {
    return execFileSync("ps", ["-o", "stat=", "-o", "lstart=", "-p", String(pid)], {
      env,
      encoding: "utf8",
      stdio: "pipe",
    });
  } catch (error) {
    // `ps` leaves with 1 and says nothing where there is none.
    if (error instanceof Error && "status" in error && error.status === 1 && !exists(pid)) return null;
    const why = error instanceof Error ? error.message.trim().split("\n")[0] : String(error);
    throw new Error(`process ${pid} can't be looked at: ${why}`);
  }
}

/**
 * When a process of this machine began, in a form that no other process of its number shares.
 * @param {number} pid
 * @returns {string | null} null where there is no such process, or only its remains
 * @throws Error where that can't be known
 */
export function processStart(pid) {
  return process.platform === "linux" ? startByProc(pid) : startByPs(pid);
}

/**
 * Whether a process that was written down still runs. What can't be looked at isn't dead.
 * @param {KnownProcess} known
 * @returns {"alive" | "dead" | "unseen"}
 */
export function sightOfProcess({ pid, startTime }) {
  try {
    return processStart(pid) === startTime ? "alive" : "dead";
  } catch {
    return "unseen";
  }
}
