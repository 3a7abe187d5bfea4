import { readFile } from "node:fs/promises";
import type { Manifest } from "../domain/manifest.ts";
import { badInput } from "../errors.ts";
import { parseManifest } from "./manifest-file.ts";

/** Reads a release manifest's file; `-` is stdin. */
export async function readManifest(file: string): Promise<Manifest> {
  const text = await readFile(file === "-" ? "/dev/stdin" : file, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw badInput(`--release: ${file} can't be read (${error.code ?? error.message}): name the manifest's file`);
  });
  return parseManifest(text, file);
}
