import { chmodSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { announced } from "./announce.mjs";
import { launcher, libraryFolders, mustHaveDebian, unpackPackages } from "./debian.mjs";
import { isExecutable, onPath, TOOLS } from "./paths.mjs";
import { missing, reasonOf } from "./problem.mjs";
import { run } from "./run.mjs";

const FOLDER = join(TOOLS, "redis");
const OWN = join(FOLDER, "bin", "redis-server");

/** Where Homebrew keeps it, on Apple's processors and on Intel's, whatever PATH says. */
const HOMEBREW = ["/opt/homebrew/bin/redis-server", "/usr/local/bin/redis-server"];

/** The redis-server on PATH, the one unpacked for this checkout, or on macOS Homebrew's. */
export function locateRedis() {
  const homebrew = process.platform === "darwin" ? HOMEBREW : [];
  return onPath("redis-server")[0] ?? [OWN, ...homebrew].find(isExecutable);
}

const PROGRAM = "usr/bin/redis-server";
const NEEDED = "redis-server 7 or newer, built with TLS";

/** @param {string} folder */
async function unpack(folder) {
  await unpackPackages(folder, ["redis-server"]);
  const root = join(folder, "root");
  if (!isExecutable(join(root, PROGRAM))) throw new Error(`Debian's package brought no /${PROGRAM}`);
  mkdirSync(join(folder, "bin"));
  writeFileSync(join(folder, "bin", "redis-server"), launcher(PROGRAM, libraryFolders(root)));
  chmodSync(join(folder, "bin", "redis-server"), 0o755);
}

/**
 * Gets a redis-server: the present one, else Debian's package, unpacked for this checkout.
 * @throws Missing
 */
export async function installRedis() {
  if (locateRedis() !== undefined) return;
  mustHaveDebian(NEEDED, "redis");
  const why = "the sandbox's session stores are real ones, and there is no redis-server on PATH";
  const fresh = `${FOLDER}.new`;
  await announced({ what: "redis-server (Debian's package)", why, about: "10 s" }, async () => {
    try {
      rmSync(fresh, { recursive: true, force: true });
      mkdirSync(fresh, { recursive: true });
      await unpack(fresh);
      await run(join(fresh, "bin", "redis-server"), ["--version"]);
      rmSync(FOLDER, { recursive: true, force: true });
      renameSync(fresh, FOLDER);
    } catch (error) {
      throw missing(NEEDED, [reasonOf(error)], "Install it and put it on PATH (Debian: apt-get install redis-server).");
    } finally {
      rmSync(fresh, { recursive: true, force: true });
    }
  });
}
