import { createHash, randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, mkdir, readdir, readFile, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { z } from "zod";
import { type CommandLine, commandLine } from "./command-line.ts";

/** A folder that stands for a container image: it is found by its digest alone, as a registry would. */
export interface Image {
  /** 64 hex digits. */
  digest: string;
  folder: string;
  start: CommandLine;
}

export interface Images {
  /**
   * Copies a folder into the sandbox and gives its reference.
   * @throws Error naming what is wrong with the folder or the name.
   */
  build(directory: string, name: string): Promise<string>;
  /** The image that a reference's digest names; undefined for a tag or an unknown digest. */
  find(reference: string): Promise<Image | undefined>;
  /** Whether there is such an image, told at once: what a preview asks. */
  has(reference: string): boolean;
}

interface ImageFile {
  path: string;
  source: string;
  executable: boolean;
}

const LEFT_OUT: ReadonlySet<string> = new Set(["node_modules", ".git"]);
const REPOSITORY =
  /^([a-z0-9]+([._-][a-z0-9]+)*(:[0-9]+)?\/)?[a-z0-9]+([._-]+[a-z0-9]+)*(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*$/;
const DIGEST = /@sha256:([0-9a-f]{64})$/;

const packageFile = z.object({
  scripts: z.object({ start: z.string().trim().min(1) }),
  /** what several images share: files and folders beside the image's own, each copied in under its last name */
  image: z.object({ include: z.array(z.string()) }).default({ include: [] }),
});
type PackageFile = z.infer<typeof packageFile>;

/** Opens the image folder; each image lies under its digest. */
export function openImages(root: string): Images {
  return {
    build: (directory, name) => buildImage(directory, name, root),
    async find(reference) {
      const digest = DIGEST.exec(reference)?.[1];
      if (digest === undefined) return undefined;
      const folder = join(root, digest);
      const present = await stat(folder).then(
        (found) => found.isDirectory(),
        (error: NodeJS.ErrnoException) => {
          if (error.code !== "ENOENT") throw error;
          return false;
        },
      );
      return present ? { digest, folder, start: await startOf(folder) } : undefined;
    },
    has(reference) {
      const digest = DIGEST.exec(reference)?.[1];
      return digest !== undefined && existsSync(join(root, digest));
    },
  };
}

/**
 * Copies a folder into `root` under the sha256 of its content (sorted relative paths, executable bit, bytes; symbolic links followed;
 * what package.json's image.include names beside it; node_modules and .git left out).
 * @returns the reference `name@sha256:...`
 * @throws Error naming what is wrong with the folder or the name.
 */
export async function buildImage(directory: string, name: string, root: string): Promise<string> {
  if (!REPOSITORY.test(name))
    throw new Error(`image name "${name}": use a name such as app or registry.example.com/app, without a tag`);
  const { image } = await packageOf(directory);
  const files = await imageFiles(directory, image.include);
  const digest = await contentDigest(files);
  const folder = join(root, digest);
  const unfinished = join(root, `.${randomUUID()}`);
  await mkdir(unfinished, { recursive: true });
  try {
    for (const file of files) {
      await cp(file.source, join(unfinished, file.path), { dereference: true, recursive: true });
    }
    await rename(unfinished, folder);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    // Whoever built the same one at the same moment was faster.
    if (!existsSync(folder)) throw error;
  }
  return `${name}@sha256:${digest}`;
}

async function startOf(directory: string): Promise<CommandLine> {
  return commandLine((await packageOf(directory)).scripts.start);
}

async function packageOf(directory: string): Promise<PackageFile> {
  const path = join(directory, "package.json");
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new Error(
      `${path} can't be read (${error.code ?? error.message}): an image's folder says how to start in package.json's scripts.start`,
    );
  });
  const parsed = packageFile.safeParse(parseJson(text, path));
  if (parsed.success) return parsed.data;
  const [field] = parsed.error.issues[0]?.path ?? [];
  if (field === "image") throw new Error(`${path}: image.include is no list of paths, e.g. ["../../src"]`);
  throw new Error(`${path}: scripts.start is missing: it says how the image starts, e.g. "node main.ts"`);
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${path} isn't JSON`);
  }
}

async function imageFiles(root: string, include: readonly string[]): Promise<ImageFile[]> {
  const files = new Map<string, ImageFile>();
  const add = async (source: string, path: string, ancestors: readonly string[]): Promise<void> => {
    const found = await stat(source).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
      throw new Error(`${source} is not there, or a symbolic link to nothing`);
    });
    if (found.isDirectory()) await walk(source, path, ancestors);
    else if (found.isFile()) files.set(path, { path, source, executable: (found.mode & 0o111) !== 0 });
  };
  const walk = async (directory: string, path: string, ancestors: readonly string[]): Promise<void> => {
    const real = await realpath(directory);
    if (ancestors.includes(real)) throw new Error(`${directory} is a symbolic link to a folder that holds it`);
    for (const name of await readdir(directory)) {
      if (!LEFT_OUT.has(name)) await add(join(directory, name), join(path, name), [...ancestors, real]);
    }
  };
  for (const shared of include) await add(resolve(root, shared), basename(resolve(root, shared)), []);
  await walk(root, "", []);
  return [...files.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function contentDigest(files: readonly ImageFile[]): Promise<string> {
  const hash = createHash("sha256");
  for (const file of files) {
    const content = await readFile(file.source);
    hash.update(`${file.path}\0${file.executable ? "x" : "-"}\0${content.length}\0`);
    hash.update(content);
  }
  return hash.digest("hex");
}
