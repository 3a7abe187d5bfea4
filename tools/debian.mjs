import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { onPath } from "./paths.mjs";
import { missing } from "./problem.mjs";
import { run } from "./run.mjs";

/**
 * Where nothing can be taken from Debian, says what to install by which package manager.
 * @param {string} what
 * @param {string} formula what Homebrew calls it
 * @param {string} platform
 * @throws Missing
 */
export function mustHaveDebian(what, formula, platform = process.platform) {
  if (platform === "linux" && onPath("apt-get").length > 0 && onPath("dpkg").length > 0) return;
  const reason =
    platform === "linux" ? "there is no apt-get and no dpkg on PATH" : `there is no Debian package for ${platform}`;
  const remedy = `Install it and put it on PATH (macOS: brew install ${formula}).`;
  throw missing(what, [reason], remedy);
}

/**
 * Fetches Debian's packages, with what they need and the system lacks, into `archives`. Nothing of the system changes.
 * @param {string} archives
 * @param {string[]} names
 */
async function fetchPackages(archives, names) {
  mkdirSync(join(archives, "partial"), { recursive: true });
  const apart = ["-o", "Debug::NoLocking=1", "-o", `Dir::Cache::archives=${archives}`];
  const install = ["install", "--yes", "--no-install-recommends", "--download-only", ...names];
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
 * Unpacks Debian's packages into `folder/root`. Unpacked rather than installed: that needs no root, and Debian's scripts
 * would start services.
 * @param {string} folder
 * @param {string[]} names
 */
export async function unpackPackages(folder, names) {
  const archives = join(folder, "archives");
  const root = join(folder, "root");
  await fetchPackages(archives, names);
  mkdirSync(root);
  for (const name of readdirSync(archives).filter((file) => file.endsWith(".deb")))
    await run("dpkg", ["-x", join(archives, name), root]);
  rmSync(archives, { recursive: true });
}

/**
 * Folders under `root` that hold shared libraries.
 * @param {string} root
 */
export function libraryFolders(root) {
  const files = readdirSync(root, { recursive: true, encoding: "utf8" });
  return [...new Set(files.filter((file) => /\.so(\.|$)/.test(file)).map((file) => dirname(file)))];
}

/**
 * A script that runs an unpacked program with the libraries that came with it.
 * @param {string} program path under the unpacked root
 * @param {string[]} libraries folders relative to the unpacked root
 * @param {string[]} [more] lines of shell before it, which may use `$root`
 */
export function launcher(program, libraries, more = []) {
  const path = libraries.map((folder) => `$root/${folder}`).join(":");
  return `${["#!/bin/sh", 'root=$(dirname "$(readlink -f "$0")")/../root', `export LD_LIBRARY_PATH="${path}"`, ...more, `exec "$root/${program}" "$@"`].join("\n")}\n`;
}
