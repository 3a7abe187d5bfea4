import { createHash } from "node:crypto";
import { readdir } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { readIfThere } from "../records/record-file.ts";
import type { StackPlace } from "./reading.ts";

/** What a preview's answer depends on beside the desired state: hashes of the stack's settings, and of the program with its policies. */
export interface Basis {
  settings: string;
  program: string;
}

/** The project's folders and files that decide what a program does and how it is judged. */
const PROGRAM_FOLDERS = ["infra", "policies"];
const PROGRAM_FILES = ["Pulumi.yaml", "package.json", "package-lock.json", "tsconfig.json"];

/** Every file's name and content; one that isn't there counts as none. */
async function hashOfFiles(root: string, files: readonly string[]): Promise<string> {
  const contents = await Promise.all(files.map((file) => readIfThere(file)));
  const hash = createHash("sha256");
  for (const [index, file] of files.entries()) {
    const content = contents[index] ?? null;
    hash.update(`${relative(root, file)}\0${content === null ? "none" : content.length}\0`);
    if (content !== null) hash.update(content);
  }
  return hash.digest("hex");
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => !entry.isDirectory()).map(({ parentPath, name }) => join(parentPath, name));
}

/**
 * What a stack's previews depend on, as the files are now.
 * @returns null where they can't be read: then nothing may be kept
 */
export async function readBasis(
  { cwd, name, configFile }: StackPlace,
  policyConfig: string | null,
): Promise<Basis | null> {
  const at = (file: string): string => resolve(cwd, file);
  try {
    const below = await Promise.all(PROGRAM_FOLDERS.map((folder) => filesBelow(at(folder))));
    const [settings, program] = await Promise.all([
      hashOfFiles(cwd, [configFile ?? `Pulumi.${name}.yaml`, ...(policyConfig === null ? [] : [policyConfig])].map(at)),
      hashOfFiles(cwd, [...PROGRAM_FILES.map(at), ...below.flat().sort()]),
    ]);
    return { settings, program };
  } catch {
    return null;
  }
}
