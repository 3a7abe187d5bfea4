import { readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { run } from "../../tools/run.mjs";

/** What `buildah inspect` says of an image: how its containers start. */
const inspected = z.object({
  OCIv1: z.object({
    config: z.object({
      User: z.string(),
      Env: z.array(z.string()),
      Entrypoint: z.array(z.string()),
      WorkingDir: z.string(),
    }),
  }),
});
export type StartedBy = z.infer<typeof inspected>["OCIv1"]["config"];

/** Builds an image of a recipe in a folder. Every file and the image have the time that is given, so that the same parts make the same image. */
export async function buildImage(
  folder: string,
  { name, recipe, epoch }: { name: string; recipe: string; epoch: number },
): Promise<void> {
  const file = join(folder, "Containerfile");
  await writeFile(file, recipe);
  await run("buildah", [
    "build",
    "--quiet",
    "--layers",
    "--format=oci",
    `--timestamp=${epoch}`,
    "--tag",
    name,
    "--file",
    file,
    folder,
  ]);
}

/**
 * Writes an image as an archive in OCI's layout, its layers compressed as a registry gets them.
 * @returns the digest of its manifest, and the archive's size in bytes
 */
export async function writeArchive(name: string, archive: string): Promise<{ digest: string; bytes: number }> {
  const digestFile = `${archive}.digest`;
  await run("buildah", [
    "push",
    "--quiet",
    "--format=oci",
    "--digestfile",
    digestFile,
    name,
    `oci-archive:${archive}:${name}`,
  ]);
  const digest = (await readFile(digestFile, "utf8")).trim();
  await rm(digestFile);
  return { digest, bytes: (await stat(archive)).size };
}

export async function inspectImage(name: string): Promise<StartedBy> {
  return inspected.parse(JSON.parse(await run("buildah", ["inspect", "--type", "image", name]))).OCIv1.config;
}
