import { existsSync } from "node:fs";
import { chmod, copyFile, cp, mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { badInput } from "../../infra/errors.ts";
import { fetchNode } from "../../tools/node.mjs";
import { stampOf } from "../../tools/packages.mjs";
import { reasonOf } from "../../tools/problem.mjs";
import { run } from "../../tools/run.mjs";
import { filesOfImage, VERSIONS } from "./contents.ts";

const FROM_NPM = "npm's registry could not be used";

/** What is copied into the image, and the commit that it is of. */
export interface Commit {
  id: string;
  /** when it was made, in seconds since 1970 */
  epoch: number;
  files: readonly string[];
  /** tracked files that differ from it, which the image has as they were committed */
  changed: readonly string[];
}

/** The commit that a checkout stands at. @throws Refusal (exit 2) where it is none */
export async function commitOf(root: string): Promise<Commit> {
  const git = (...args: string[]) => run("git", ["-C", root, ...args]);
  const lines = (text: string) => text.split("\n").filter((line) => line !== "");
  try {
    const [id = "", epoch = ""] = (await git("log", "-1", "--format=%H %ct")).trim().split(" ");
    const files = lines(await git("ls-tree", "-r", "--name-only", "HEAD"));
    const changed = lines(await git("diff", "--name-only", "HEAD"));
    return { id, epoch: Number(epoch), files, changed };
  } catch (error) {
    throw badInput(`the image is made of a commit, and ${root} has none: ${reasonOf(error)}`);
  }
}

/** Unpacks what the image has of the commit: files that nobody committed, and what was changed since, stay out. */
export async function unpackCommit(
  root: string,
  { commit, folder, hasOwnHost }: { commit: Commit; folder: string; hasOwnHost: boolean },
) {
  const archive = `${folder}.tar`;
  const files = filesOfImage(commit.files, hasOwnHost);
  await mkdir(folder, { recursive: true });
  await run("git", [
    "-C",
    root,
    "-c",
    "tar.umask=0022",
    "archive",
    "--format=tar",
    `--output=${archive}`,
    commit.id,
    "--",
    ...files,
  ]);
  await run("tar", ["-xf", archive, "-C", folder]);
  await rm(archive);
}

/** Brings the wanted Node, by npm once for a checkout. @param kept a folder that outlives the build */
export async function copyNode(kept: string, folder: string): Promise<void> {
  const own = join(kept, `node-${VERSIONS.node}`);
  const program = join(own, "node_modules", "node", "bin", "node");
  if (!existsSync(program)) {
    await fetchNode(`${own}.new`).catch((error: unknown) => {
      throw badInput(`${FROM_NPM} for Node ${VERSIONS.node}: ${reasonOf(error)}`);
    });
    await rm(own, { recursive: true, force: true });
    await rename(`${own}.new`, own);
  }
  await mkdir(folder, { recursive: true });
  await copyFile(program, join(folder, "node"));
  await chmod(join(folder, "node"), 0o755);
}

/**
 * The production dependencies of the commit's lockfile, by `npm ci` once for each lockfile; none of their scripts is run.
 * @param app the unpacked commit
 * @returns their folder
 */
export async function productionPackages(kept: string, app: string): Promise<string> {
  const stamp = stampOf(await readFile(join(app, "package-lock.json"))).slice(0, 12);
  const own = join(kept, `packages-${stamp}`);
  const modules = join(own, "node_modules");
  if (existsSync(modules)) return modules;
  for (const name of await readdir(kept)) {
    if (name.startsWith("packages-")) await rm(join(kept, name), { recursive: true });
  }
  const fresh = join(kept, "packages-new");
  await mkdir(fresh);
  for (const name of ["package.json", "package-lock.json"]) await cp(join(app, name), join(fresh, name));
  const flags = ["--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  await run("npm", ["ci", ...flags], { cwd: fresh }).catch((error: unknown) => {
    throw badInput(`${FROM_NPM} for the production dependencies: ${reasonOf(error)}`);
  });
  // The one file with what npm saw of this machine's registry.
  await rm(join(fresh, "node_modules", ".package-lock.json"), { force: true });
  await rename(fresh, own);
  return modules;
}
