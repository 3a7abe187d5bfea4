/**
 * What the project needs on a machine: found where it is present, installed where it isn't. Plain JavaScript without
 * packages, because it runs before there are any and on a Node (20 or newer) that can't run TypeScript.
 */
import { delimiter, dirname, join } from "node:path";
import { locateChromium } from "./chromium.mjs";
import { engineFolder } from "./engine-folder.mjs";
import { locateNode } from "./node.mjs";
import { packagesReady } from "./packages.mjs";
import { ROOT, TOOLS } from "./paths.mjs";
import { locatePulumi } from "./pulumi.mjs";
import { locateRedis } from "./redis.mjs";

/** @typedef {import("./needs.mjs").Tool} Tool */
/** @typedef {{ node: string, pulumi: string | null, redisServer: string | null, pathEntries: string[] }} Toolchain */

/** @type {Record<Tool, () => boolean>} */
const IS_READY = {
  node: () => locateNode() !== undefined,
  runtime: () => packagesReady("production"),
  packages: () => packagesReady("all"),
  pulumi: () => locatePulumi() !== undefined,
  chromium: () => locateChromium() !== undefined,
  redis: () => locateRedis() !== undefined,
};

/**
 * Where everything lies, in a few milliseconds: no program is run, nothing is installed, and what is missing is null.
 * @returns {Toolchain} `pathEntries` belong in front of PATH, in this order
 */
export function locateToolchain() {
  const node = locateNode() ?? process.execPath;
  const pulumi = locatePulumi();
  const engine = pulumi === undefined ? null : engineFolder(pulumi);
  const redisServer = locateRedis() ?? null;
  // Only a redis-server of our own needs a place in front; the system's folder would hide what stands before it.
  const redis = redisServer?.startsWith(TOOLS) ? dirname(redisServer) : null;
  const entries = [dirname(node), engine, redis, join(ROOT, "node_modules", ".bin")];
  return {
    node,
    pulumi: engine === null ? null : join(engine, "pulumi"),
    redisServer,
    pathEntries: entries.filter((entry) => entry !== null),
  };
}

/**
 * Installs what isn't there, saying so on stderr.
 * @param {Tool[]} needs
 * @returns {Promise<Toolchain>}
 * @throws Missing
 */
export async function ensureToolchain(needs) {
  const lacking = needs.filter((tool) => !IS_READY[tool]());
  if (lacking.length > 0) {
    const { install } = await import("./install.mjs");
    await install(lacking);
  }
  return locateToolchain();
}

/**
 * The environment in which a command of this project runs.
 * @param {Toolchain} toolchain
 * @returns {NodeJS.ProcessEnv}
 */
export function toolchainEnvironment({ pathEntries }) {
  const present = (process.env.PATH ?? "").split(delimiter).filter((entry) => !pathEntries.includes(entry));
  return {
    ...process.env,
    PATH: [...pathEntries, ...present].join(delimiter),
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(TOOLS, "compile-cache"),
  };
}
