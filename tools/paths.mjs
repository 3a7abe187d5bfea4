import { accessSync, constants, statSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root. */
export const ROOT = resolve(fileURLToPath(new URL("..", import.meta.url)));

/** What is installed for this checkout alone lies here; git ignores it. */
export const TOOLS = join(ROOT, ".tools");

/** Where the Pulumi CLI keeps its versions, as its Automation API does: `<version>/bin/pulumi`. */
export function pulumiVersionsFolder() {
  return join(process.env.PULUMI_HOME || join(homedir(), ".pulumi"), "versions");
}

/**
 * Whether `path` is a file that may be run.
 * @param {string} path
 */
export function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/**
 * Every executable of this name on PATH, in its order.
 * @param {string} name
 */
export function onPath(name) {
  return (process.env.PATH ?? "")
    .split(delimiter)
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, name))
    .filter(isExecutable);
}
