import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { announced } from "./announce.mjs";
import { isExecutable, onPath, TOOLS } from "./paths.mjs";
import { missing, reasonOf } from "./problem.mjs";
import { run } from "./run.mjs";
import { isAtLeast, WANTED } from "./versions.mjs";

const FOLDER = join(TOOLS, "node");

/** The runtime that this checkout has installed for itself, when it is new enough. */
function ownNode() {
  const home = join(FOLDER, "node_modules", "node");
  const node = join(home, "bin", "node");
  if (!isExecutable(node)) return undefined;
  const { version } = JSON.parse(readFileSync(join(home, "package.json"), "utf8"));
  return isAtLeast(version, WANTED.node.minimum) ? node : undefined;
}

/**
 * A Node that runs TypeScript as it is, without asking any program for its version: the running one, or this checkout's.
 * @returns {string | undefined} path of the executable
 */
export function locateNode() {
  return isAtLeast(process.versions.node, WANTED.node.minimum) ? process.execPath : ownNode();
}

/** A newer Node than the running one that PATH has further back. */
async function nodeOnPath() {
  for (const node of onPath("node")) {
    const version = await run(node, ["--version"]).catch(() => "");
    if (isAtLeast(version, WANTED.node.minimum)) return node;
  }
  return undefined;
}

/**
 * Gets the wanted Node by npm, as `node_modules/node/bin/node` of a folder that is made anew.
 * @param {string} folder
 * @returns {Promise<string>} path of the executable
 */
export async function fetchNode(folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const flags = ["--no-save", "--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error"];
  await run("npm", ["install", "--prefix", folder, ...flags, `node@${WANTED.node.install}`], { cwd: folder });
  return join(folder, "node_modules", "node", "bin", "node");
}

/**
 * @returns {Promise<string>} path of the executable
 * @throws Missing
 */
export async function installNode() {
  const present = locateNode() ?? (await nodeOnPath());
  if (present !== undefined) return present;
  const { minimum, install } = WANTED.node;
  const why = `the program runs as TypeScript on Node ${minimum} or newer, and this is ${process.versions.node}`;
  await announced({ what: `Node ${install}`, why, about: "20 s" }, async () => {
    const fresh = `${FOLDER}.new`;
    try {
      await fetchNode(fresh);
      if (existsSync(FOLDER)) rmSync(FOLDER, { recursive: true });
      renameSync(fresh, FOLDER);
    } catch (error) {
      throw missing(
        `Node ${minimum} or newer`,
        [reasonOf(error)],
        "Install it from https://nodejs.org and put it on PATH.",
      );
    } finally {
      rmSync(fresh, { recursive: true, force: true });
    }
  });
  const installed = ownNode();
  if (installed === undefined)
    throw missing(`Node ${minimum} or newer`, [`npm left none in ${FOLDER}`], "Install it from https://nodejs.org.");
  return installed;
}
