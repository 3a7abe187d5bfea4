import { join } from "node:path";
import { sayWaiting } from "./announce.mjs";
import { installChromium } from "./chromium.mjs";
import { releaseLocks, withLock } from "./lock.mjs";
import { installNode } from "./node.mjs";
import { installPackages } from "./packages.mjs";
import { pulumiVersionsFolder, TOOLS } from "./paths.mjs";
import { installPulumi } from "./pulumi-install.mjs";
import { installRedis } from "./redis.mjs";
import { endRunning } from "./run.mjs";

/** @typedef {import("./needs.mjs").Tool} Tool */

const PACKAGES_LOCK = () => join(TOOLS, "packages.lock");

/** @type {Record<Tool, { name: string, lock: () => string, install: () => Promise<unknown> }>} */
const INSTALLATION = {
  node: { name: "Node", lock: () => join(TOOLS, "node.lock"), install: installNode },
  runtime: { name: "the npm packages", lock: PACKAGES_LOCK, install: () => installPackages("production") },
  packages: { name: "the npm packages", lock: PACKAGES_LOCK, install: () => installPackages("all") },
  // The one thing that checkouts share.
  pulumi: {
    name: "the Pulumi CLI",
    lock: () => join(pulumiVersionsFolder(), ".installing.lock"),
    install: installPulumi,
  },
  chromium: { name: "Chromium", lock: () => join(TOOLS, "chromium.lock"), install: installChromium },
  redis: { name: "redis-server", lock: () => join(TOOLS, "redis.lock"), install: installRedis },
};

/**
 * Installs these side by side: the slowest decides how long it takes. Neither a failure of one nor a signal leaves the
 * others at work or their locks behind.
 * @param {Tool[]} lacking
 * @throws Missing for the first that can't be had
 */
export async function install(lacking) {
  const tidy = () => {
    endRunning();
    releaseLocks();
  };
  const [interrupted, ended] = [() => process.exit(130), () => process.exit(143)];
  process.once("exit", tidy).once("SIGINT", interrupted).once("SIGTERM", ended);
  try {
    await Promise.all(lacking.map(installOnce));
  } finally {
    tidy();
    process.off("exit", tidy).off("SIGINT", interrupted).off("SIGTERM", ended);
  }
}

/**
 * Each installation looks again once it has the lock: another process may have done it meanwhile.
 * @param {Tool} tool
 */
function installOnce(tool) {
  const { name, lock, install } = INSTALLATION[tool];
  return withLock(lock(), (owner) => sayWaiting(name, owner), install);
}
