import { createHash } from "node:crypto";
import { existsSync, lstatSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { announced } from "./announce.mjs";
import { ROOT } from "./paths.mjs";
import { missing, reasonOf } from "./problem.mjs";
import { run } from "./run.mjs";

/** @typedef {Record<string, { version?: string, integrity?: string, optional?: boolean, dev?: boolean }>} LockedPackages */
/** @typedef {"all" | "production"} Extent which packages are meant: `production` is what `npm ci --omit=dev` installs */

const MODULES = join(ROOT, "node_modules");
const LOCKFILE = join(ROOT, "package-lock.json");
const STAMP = join(MODULES, ".production-runbooks-lock");
const INSTALLED = join(MODULES, ".package-lock.json");

/**
 * What node_modules is stamped with: it is current as long as the lockfile gives the same.
 * @param {string | Uint8Array} lockfile
 */
export function stampOf(lockfile) {
  return createHash("sha256").update(lockfile).digest("hex");
}

/**
 * Whether npm has installed just what the lockfile says; packages for other platforms are missing by right.
 * @param {LockedPackages} locked
 * @param {LockedPackages} installed
 */
export function isInstalled(locked, installed) {
  const wanted = Object.entries(locked).filter(([path]) => path !== "");
  return (
    wanted.every(([path, entry]) => {
      const found = installed[path];
      if (found === undefined) return entry.optional === true;
      return found.version === entry.version && found.integrity === entry.integrity;
    }) && Object.keys(installed).every((path) => locked[path] !== undefined)
  );
}

/**
 * What of the locked packages `npm ci --omit=dev` installs.
 * @param {LockedPackages} locked
 * @returns {LockedPackages}
 */
export function productionOf(locked) {
  return Object.fromEntries(Object.entries(locked).filter(([, { dev }]) => dev !== true));
}

/** @param {string} path */
const packagesIn = (path) => /** @type {LockedPackages} */ (JSON.parse(readFileSync(path, "utf8")).packages);

/**
 * Whether node_modules holds what package-lock.json asks for. Adopts what `npm ci`, run by hand, has left.
 * @param {Extent} extent
 */
export function packagesReady(extent) {
  const all = stampOf(readFileSync(LOCKFILE));
  const production = `${all} production`;
  const stamp = existsSync(STAMP) ? readFileSync(STAMP, "utf8") : "";
  if (stamp === all || (stamp === production && extent === "production")) return true;
  if (!existsSync(INSTALLED)) return false;
  const [locked, installed] = [packagesIn(LOCKFILE), packagesIn(INSTALLED)];
  if (isInstalled(locked, installed)) return finish(all);
  return extent === "production" && isInstalled(productionOf(locked), installed) && finish(production);
}

/** @param {string} stamp */
function finish(stamp) {
  linkRunbook();
  writeFileSync(STAMP, stamp);
  return true;
}

/** `npx --no-install runbook` looks among the installed commands, where npm doesn't put a package's own. */
function linkRunbook() {
  const link = join(MODULES, ".bin", "runbook");
  mkdirSync(join(MODULES, ".bin"), { recursive: true });
  if (lstatSync(link, { throwIfNoEntry: false }) === undefined) symlinkSync("../../bin/runbook.mjs", link);
}

/**
 * Brings node_modules to what the lockfile says. npm's own settings (`omit`, NODE_ENV) may leave the development
 * dependencies out where they aren't needed.
 * @param {Extent} extent
 * @throws Missing
 */
export async function installPackages(extent) {
  if (packagesReady(extent)) return;
  const why = existsSync(MODULES) ? "node_modules is not what package-lock.json says" : "there is no node_modules yet";
  await announced({ what: "the npm packages", why, about: "1 min" }, async () => {
    try {
      const development = extent === "all" ? ["--include=dev"] : [];
      await run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error", ...development], { cwd: ROOT });
    } catch (error) {
      throw missing(
        "What package-lock.json lists",
        [reasonOf(error)],
        "Run `npm ci` where the npm registry can be reached.",
      );
    }
    packagesReady(extent);
  });
}
