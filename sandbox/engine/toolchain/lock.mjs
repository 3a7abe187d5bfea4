import { execFileSync } from "node:child_process";
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** @typedef {{ pid: number, startTime: string }} Owner */

const POLL_MS = 200;

/** @type {Set<string>} */
const held = new Set();

/**
 * When a process started, in the system's own words, or undefined where no such process lives. A process id alone may
 * have been given to another process since.
 * @param {number} pid
 */
export function startTimeOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    if (process.platform === "linux") return undefined;
  }
  try {
    return execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8", stdio: "pipe" }).trim();
  } catch {
    return undefined;
  }
}

/**
 * @param {string} text
 * @returns {Owner | undefined}
 */
function parseOwner(text) {
  const [pid, startTime] = text.split(" ");
  return pid && startTime !== undefined ? { pid: Number(pid), startTime } : undefined;
}

/**
 * Whether the process that wrote this lock is gone.
 * @param {string} text
 */
export function isStale(text) {
  const owner = parseOwner(text);
  return owner === undefined || startTimeOf(owner.pid) !== owner.startTime;
}

/**
 * Takes the lock if it is free or its owner is dead.
 * @param {string} path
 * @returns {Owner | "taken"} the living owner, if it isn't taken
 */
function take(path) {
  const mine = `${path}.${process.pid}`;
  writeFileSync(mine, `${process.pid} ${startTimeOf(process.pid) ?? ""}`);
  try {
    // A link to a complete file: nobody can see the lock without its owner.
    linkSync(mine, path);
    return "taken";
  } catch {
    return ownerOrBreak(path, `${mine}.stale`);
  } finally {
    rmSync(mine, { force: true });
  }
}

/**
 * @param {string} path
 * @param {string} aside
 * @returns {Owner | "taken"}
 */
function ownerOrBreak(path, aside) {
  try {
    const text = readFileSync(path, "utf8");
    if (!isStale(text)) return parseOwner(text) ?? take(path);
    renameSync(path, aside);
    // Between the reading and the renaming another process may have replaced the stale lock by its own.
    if (readFileSync(aside, "utf8") !== text) linkSync(aside, path);
    rmSync(aside, { force: true });
  } catch (error) {
    if (!(error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "EEXIST")))
      throw error;
  }
  return take(path);
}

/** Lets go of every lock; for a process that leaves in the middle of an installation. */
export function releaseLocks() {
  for (const path of held) rmSync(path, { force: true });
  held.clear();
}

/**
 * Runs `work` while no other process on this machine runs its own under the same lock.
 * @template T
 * @param {string} path
 * @param {(owner: number) => void} waiting called once when another process holds the lock
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(path, waiting, work) {
  mkdirSync(dirname(path), { recursive: true });
  let owner = take(path);
  if (owner !== "taken") waiting(owner.pid);
  while (owner !== "taken") {
    await delay(POLL_MS);
    owner = take(path);
  }
  held.add(path);
  try {
    return await work();
  } finally {
    held.delete(path);
    rmSync(path, { force: true });
  }
}
