import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { processStart, sightOfProcess } from "../infra/clients/process-start.mjs";

/** @typedef {{ pid: number, startTime: string }} Owner */

const POLL_MS = 200;

/** @type {Set<string>} */
const held = new Set();

/**
 * @param {string} text
 * @returns {Owner | undefined}
 */
function parseOwner(text) {
  const [, pid, startTime] = /^(\d+) (.+)$/.exec(text) ?? [];
  return pid !== undefined && startTime !== undefined ? { pid: Number(pid), startTime } : undefined;
}

/**
 * Whether the process that wrote this lock is gone.
 * @param {string} text
 */
export function isStale(text) {
  const owner = parseOwner(text);
  return owner === undefined || sightOfProcess(owner) === "dead";
}

/**
 * Takes the lock if it is free or its owner is dead.
 * @param {string} path
 * @returns {Owner | "taken"} the living owner, if it isn't taken
 */
function take(path) {
  const mine = `${path}.${process.pid}`;
  writeFileSync(mine, `${process.pid} ${processStart(process.pid)}`);
  try {
    // A link to a complete file: nobody can see the lock without its owner.
    linkSync(mine, path);
    return "taken";
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
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
