import { existsSync, readdirSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { EXIT } from "../../infra/errors.ts";
import { isAlive, openProcesses } from "../cloud/processes.ts";
import { clearState, readReady } from "../cloud/state.ts";
import { ask, type Print, pathsOf, type SandboxOptions } from "./sandbox.ts";

const LEAVE_WITHIN_MS = 10_000;
const POLL_MS = 25;

/** What `down` may remove beside the rest. */
export interface DownOptions extends SandboxOptions {
  records?: "keep" | "purge";
}

/** Removes a folder that holds nothing: a sandbox that kept no record leaves no folder. */
function dropEmpty(folder: string): void {
  if (existsSync(folder) && readdirSync(folder).length === 0) rmdirSync(folder);
}

function foldersIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? [join(folder, entry.name)] : [],
  );
}

/**
 * `runbook sandbox down`: ends every process and removes every file but the change records, and those too where that is asked
 * for. A sandbox that isn't up is no error: what it may have left is ended all the same.
 */
export async function down(options: DownOptions, print: Print): Promise<number> {
  const paths = pathsOf(options);
  const ready = readReady(paths);
  if (ready !== null) {
    await ask(ready, { method: "POST", path: "/down" }, z.null());
    const deadline = Date.now() + LEAVE_WITHIN_MS;
    while (isAlive(ready) && Date.now() < deadline) await delay(POLL_MS);
  }
  if (existsSync(paths.root)) {
    const ended = await openProcesses(paths.processes).endAll();
    for (const { what, pid } of ended) print(`ended by force: ${what} (${pid})`);
    clearState(paths, options.records === "purge" ? "keep nothing" : "keep records");
    for (const folder of foldersIn(paths.records)) dropEmpty(folder);
    dropEmpty(paths.records);
    dropEmpty(paths.root);
  }
  print(ready === null ? "the sandbox wasn't up" : "the sandbox is down");
  if (existsSync(paths.records)) print(`its change records are kept in ${paths.records} (--purge removes them)`);
  return EXIT.done;
}
