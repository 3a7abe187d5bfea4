import { chmodSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { announced } from "./announce.mjs";
import { isExecutable, onPath, TOOLS } from "./paths.mjs";
import { missing, reasonOf } from "./problem.mjs";
import { run } from "./run.mjs";

const FOLDER = join(TOOLS, "redis");
const OWN = join(FOLDER, "bin", "redis-server");

/** The redis-server on PATH, or the one unpacked for this checkout. */
export function locateRedis() {
  return onPath("redis-server")[0] ?? (isExecutable(OWN) ? OWN : undefined);
}

/**
 * Fetches Debian's package, with what it needs and the system lacks, into `archives`. Nothing of the system changes.
 * @param {string} archives
 */
async function fetchPackages(archives) {
  mkdirSync(join(archives, "partial"), { recursive: true });
  const apart = ["-o", "Debug::NoLocking=1", "-o", `Dir::Cache::archives=${archives}`];
  const install = ["install", "--yes", "--no-install-recommends", "--download-only", "redis-server"];
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  try {
    await run("apt-get", [...apart, ...install], { env });
  } catch {
    // The system has no package lists, or old ones.
    const lists = join(archives, "lists");
    mkdirSync(join(lists, "partial"), { recursive: true });
    const own = [...apart, "-o", `Dir::State::lists=${lists}`, "-o", `Dir::Cache=${archives}`];
    await run("apt-get", [...own, "update"], { env });
    await run("apt-get", [...own, ...install], { env });
  }
}

/**
 * Folders under `root` that hold shared libraries.
 * @param {string} root
 */
function libraryFolders(root) {
  const files = readdirSync(root, { recursive: true, encoding: "utf8" });
  return [...new Set(files.filter((file) => /\.so(\.|$)/.test(file)).map((file) => dirname(file)))];
}

/** @param {string} folder */
async function unpack(folder) {
  const archives = join(folder, "archives");
  const root = join(folder, "root");
  await fetchPackages(archives);
  mkdirSync(root);
  // Unpacked rather than installed: Debian's scripts would start it as a service.
  for (const name of readdirSync(archives).filter((file) => file.endsWith(".deb")))
    await run("dpkg", ["-x", join(archives, name), root]);
  rmSync(archives, { recursive: true });
  const server = join(root, "usr", "bin", "redis-server");
  if (!isExecutable(server)) throw new Error("Debian's package brought no /usr/bin/redis-server");
  mkdirSync(join(folder, "bin"));
  writeFileSync(join(folder, "bin", "redis-server"), launcher(libraryFolders(root)));
  chmodSync(join(folder, "bin", "redis-server"), 0o755);
}

/**
 * A script that runs the unpacked server with the libraries that came with it.
 * @param {string[]} libraries folders relative to the unpacked root
 */
export function launcher(libraries) {
  const path = libraries.map((folder) => `$root/${folder}`).join(":");
  return `#!/bin/sh
root=$(dirname "$(readlink -f "$0")")/../root
export LD_LIBRARY_PATH="${path}"
exec "$root/usr/bin/redis-server" "$@"
`;
}

/**
 * Gets a redis-server: the present one, else Debian's package, unpacked for this checkout.
 * @throws Missing
 */
export async function installRedis() {
  if (locateRedis() !== undefined) return;
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
      throw missing(
        "redis-server 7 or newer, built with TLS",
        [reasonOf(error)],
        "Install it and put it on PATH (Debian: apt-get install redis-server).",
      );
    } finally {
      rmSync(fresh, { recursive: true, force: true });
    }
  });
}
