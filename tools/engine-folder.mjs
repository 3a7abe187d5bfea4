import {
  copyFileSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { isExecutable, ROOT, TOOLS } from "./paths.mjs";

const HOST = "pulumi-language-nodejs";
const FOLDER = join(TOOLS, "pulumi", "bin");
const OUR_HOST = join(ROOT, "sandbox", "engine", "bin", HOST);

/**
 * The folder to put on PATH for this CLI: its own where the official language host lies beside it. Else one of this
 * checkout with the CLI and our host side by side, since the engine warns at every command about a host that it finds
 * only on PATH. The CLI there is a hard link: the engine follows a symbolic one back.
 * @param {string} pulumi path of the CLI
 */
export function engineFolder(pulumi) {
  if (isExecutable(join(dirname(pulumi), HOST))) return dirname(pulumi);
  mkdirSync(FOLDER, { recursive: true });
  const linked = join(FOLDER, "pulumi");
  if (!isSameFile(pulumi, linked)) replace(linked, (path) => linkOrCopy(pulumi, path));
  const host = join(FOLDER, HOST);
  if (targetOf(host) !== OUR_HOST) replace(host, (path) => symlinkSync(OUR_HOST, path));
  return FOLDER;
}

/**
 * @param {string} pulumi
 * @param {string} linked
 */
function isSameFile(pulumi, linked) {
  const [a, b] = [statSync(pulumi), statSync(linked, { throwIfNoEntry: false })];
  return b !== undefined && (a.ino === b.ino || (a.size === b.size && a.mtimeMs <= b.mtimeMs));
}

/** @param {string} link */
function targetOf(link) {
  return lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink() ? readlinkSync(link) : undefined;
}

/**
 * @param {string} from
 * @param {string} to
 */
function linkOrCopy(from, to) {
  try {
    linkSync(from, to);
  } catch {
    // Another file system, or one without hard links.
    copyFileSync(from, to);
  }
}

/**
 * Puts a new file in the place of another without a moment in which there is none.
 * @param {string} path
 * @param {(temporary: string) => void} make
 */
function replace(path, make) {
  const temporary = `${path}.${process.pid}`;
  rmSync(temporary, { force: true });
  make(temporary);
  renameSync(temporary, path);
}
