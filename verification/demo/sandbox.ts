import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { z } from "zod";
import { FOLDER, runbook } from "./commands.ts";

const ROOT = join(import.meta.dirname, "../..");
const EXPORT = /^export ([A-Z_][A-Z0-9_]*)='(.*)'$/;

const podSchema = z.object({ name: z.string(), release: z.string(), pid: z.int().nullable(), ready: z.boolean() });
const stackSchema = z.object({ gateway: z.string(), pods: z.array(podSchema) });
const statusSchema = z.object({ stacks: z.object({ staging: stackSchema, production: stackSchema }) });

/** The variables that `runbook sandbox env` printed. */
export function exportsIn(text: string): NodeJS.ProcessEnv {
  const set = text.split("\n").flatMap((line) => {
    const [, name, value] = EXPORT.exec(line) ?? [];
    return name === undefined || value === undefined ? [] : [[name, value.replaceAll("'\\''", "'")] as const];
  });
  return Object.fromEntries(set);
}

/** What `eval "$(runbook sandbox env)"` would set. */
export async function readSandboxEnvironment(env: NodeJS.ProcessEnv = {}): Promise<NodeJS.ProcessEnv> {
  return exportsIn((await runbook(["sandbox", "env"], { env, output: "kept" })).stdout);
}

/** Each stack's gateway and pods. */
export async function readSandboxStatus(env: NodeJS.ProcessEnv = {}): Promise<z.infer<typeof statusSchema>["stacks"]> {
  const { stdout } = await runbook(["sandbox", "status", "--json"], { env, output: "kept" });
  return statusSchema.parse(JSON.parse(stdout)).stacks;
}

const listedSchema = z.array(z.object({ change: z.string() }));

/** The id of the newest change, by what `runbook records list` says; null before the first one. */
export async function readNewestChange(env: NodeJS.ProcessEnv): Promise<string | null> {
  const { stdout } = await runbook(["records", "list", "--json"], { env, output: "kept" });
  return listedSchema.parse(JSON.parse(stdout)).at(-1)?.change ?? null;
}

/** Builds a version of the reference workload and writes its manifest, as CI would; returns the manifest's file. */
export async function buildRelease(folder: string, version: string, env: NodeJS.ProcessEnv): Promise<string> {
  const source = join(ROOT, "sandbox/app/versions", folder);
  const built = await runbook(["sandbox", "build", source, "--name", "registry.example.com/app"], {
    env,
    output: "kept",
  });
  if (built.code !== 0) throw new Error(`the image of ${folder} could not be built`);
  const image = built.stdout.trim();
  const args = ["manifest", "--image", image, "--version", version, "--migrations", join(source, "migrations")];
  const manifest = await runbook(args, { env, output: "kept" });
  if (manifest.code !== 0) throw new Error(`the manifest of ${folder} could not be written`);
  const file = resolve(ROOT, env.RUNBOOKS_SANDBOX ?? FOLDER, `release-${folder}.yaml`);
  await writeFile(file, manifest.stdout);
  return file;
}
