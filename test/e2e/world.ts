import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parse, stringify } from "yaml";
import { z } from "zod";
import { ACCOUNTS, STAGES, type Stage } from "../../sandbox/cloud/accounts.ts";
import { exportsIn } from "../../verification/demo/sandbox.ts";
import type { Load } from "../../verification/load/load.ts";
import { spawnLoad } from "../../verification/load/spawn.ts";
import { LANE_SANDBOX } from "../lanes.ts";

export const ROOT = join(import.meta.dirname, "../..");
const SANDBOX = { RUNBOOKS_SANDBOX: LANE_SANDBOX };

/** What a command printed, and how it ended. */
export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a program in the project's folder and waits for its end, whatever that is. */
export function program(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ran> {
  return new Promise((resolve) => {
    const options = { cwd: ROOT, env: { ...process.env, ...env }, maxBuffer: 64 << 20 };
    const child = execFile(command, [...args], options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : (child.exitCode ?? 255), stdout, stderr });
    });
  });
}

export const runbook = (args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ran> =>
  program(process.execPath, [join(ROOT, "bin/runbook.ts"), ...args], env);

export const pulumi = (args: readonly string[], env: NodeJS.ProcessEnv): Promise<Ran> =>
  program("pulumi", [...args, "--non-interactive"], env);

const mapSchema = z.record(z.string(), z.unknown());
const stackFileSchema = z.looseObject({ config: mapSchema });
const podSchema = z.object({
  name: z.string(),
  release: z.string(),
  pid: z.int().nullable(),
  port: z.int().nullable(),
  ready: z.boolean(),
});
const stackSchema = z.object({ gateway: z.string(), pods: z.array(podSchema) });
const statusSchema = z.object({ stacks: z.object({ staging: stackSchema, production: stackSchema }) });
const stackStatusSchema = z.object({
  releases: z.array(
    z.object({ id: z.string(), version: z.string(), weight: z.int(), ready: z.int(), desired: z.int() }),
  ),
  change: z
    .object({ id: z.string(), step: z.string().nullable(), state: z.string(), resumeAt: z.string().nullable() })
    .nullable(),
});

/** A sandbox that is up, and what the tests do with it. */
export interface World {
  env: NodeJS.ProcessEnv;
  runbook(...args: string[]): Promise<Ran>;
  pulumi(...args: string[]): Promise<Ran>;
  stacks(): Promise<z.infer<typeof statusSchema>["stacks"]>;
  status(stack: Stage): Promise<z.infer<typeof stackStatusSchema>>;
  /** The file of a manifest for a version of the reference workload. */
  release(folder: string, version: string): Promise<string>;
  /** A file with a text of the test's own. */
  file(name: string, text: string): Promise<string>;
  /** The file of a stack's settings with some of them changed: maps are merged, the rest replaced. */
  settings(stack: Stage, changes: Record<string, unknown>): Promise<string>;
  load(stack: Stage): Promise<Load>;
  down(): Promise<void>;
}

/** Brings the sandbox up with version 1 on its stacks. */
export async function openWorld(stages: readonly Stage[] = STAGES): Promise<World> {
  const up = await runbook(["sandbox", "up"], SANDBOX);
  assert.equal(up.code, 0, up.stderr);
  const room = await mkdtemp(join(tmpdir(), "runbook-e2e-"));
  const env = exportsIn((await runbook(["sandbox", "env"], SANDBOX)).stdout);
  const file = async (name: string, text: string) => {
    await writeFile(join(room, name), text);
    return join(room, name);
  };
  const world: World = {
    env,
    file,
    runbook: (...args) => runbook(args, env),
    pulumi: (...args) => pulumi(args, env),
    async stacks() {
      return statusSchema.parse(JSON.parse((await runbook(["sandbox", "status", "--json"], env)).stdout)).stacks;
    },
    async status(stack) {
      const { code, stdout, stderr } = await runbook(["status", "--stack", stack, "--json"], env);
      assert.equal(code, 0, stderr);
      return stackStatusSchema.parse(JSON.parse(stdout));
    },
    async release(folder, version) {
      const source = join(ROOT, "sandbox/app/versions", folder);
      const built = await runbook(["sandbox", "build", source, "--name", "registry.example.com/app"], env);
      assert.equal(built.code, 0, built.stderr);
      const args = ["--image", built.stdout.trim(), "--version", version, "--migrations", join(source, "migrations")];
      const manifest = await runbook(["manifest", ...args], env);
      assert.equal(manifest.code, 0, manifest.stderr);
      return file(`${folder}.yaml`, manifest.stdout);
    },
    async settings(stack, changes) {
      const text = await readFile(join(ROOT, `Pulumi.${stack}.yaml`), "utf8");
      const settings = stackFileSchema.parse(parse(text));
      const config = { ...settings.config };
      for (const [key, value] of Object.entries(changes)) {
        const [old, given] = [mapSchema.safeParse(config[key]), mapSchema.safeParse(value)];
        const merge = old.success && given.success && old.data.source === given.data.source;
        config[key] = merge ? { ...old.data, ...given.data } : value;
      }
      return file(`Pulumi.${stack}.changed.yaml`, stringify({ ...settings, config }));
    },
    async load(stack) {
      const { syntheticUser: user, syntheticPassword: password } = ACCOUNTS[stack];
      return spawnLoad({ baseUrl: (await world.stacks())[stack].gateway, user, password });
    },
    async down() {
      const ended = await runbook(["sandbox", "down", "--purge"], SANDBOX);
      await rm(room, { recursive: true, force: true });
      assert.equal(ended.code, 0, ended.stderr);
    },
  };
  const firsts = await Promise.all(
    stages.map((stack) => world.pulumi("up", "--yes", "--skip-preview", "--stack", stack)),
  );
  for (const first of firsts) assert.equal(first.code, 0, first.stdout + first.stderr);
  return world;
}

const resourceSchema = z.object({
  urn: z.string(),
  type: z.string(),
  id: z.string().optional(),
  inputs: z.unknown().optional(),
  outputs: z.unknown().optional(),
});
const exportSchema = z.object({ deployment: z.object({ resources: z.array(resourceSchema) }) });

/** What stands on a stack: every resource with its inputs, and the stack's outputs. Ciphers and clocks differ from update to update. */
export async function standing(world: World, stack: Stage): Promise<unknown> {
  const { stdout } = await world.pulumi("stack", "export", "--show-secrets", "--stack", stack);
  const { resources } = exportSchema.parse(JSON.parse(stdout)).deployment;
  return resources
    .map(({ urn, type, id, inputs, outputs }) =>
      type === "pulumi:pulumi:Stack" ? { urn, outputs } : { urn, id, inputs },
    )
    .sort((one, other) => one.urn.localeCompare(other.urn));
}

const packageSchema = z.looseObject({ image: z.object({ include: z.array(z.string()) }) });

/** Copies a version of the reference workload, to be changed; what it shares with the others is found from anywhere. */
export async function copyVersion(version: string, folder: string): Promise<void> {
  const source = join(ROOT, "sandbox/app/versions", version);
  await cp(source, folder, { recursive: true, dereference: true });
  const file = packageSchema.parse(JSON.parse(await readFile(join(source, "package.json"), "utf8")));
  const include = file.image.include.map((path) => resolve(source, path));
  await writeFile(join(folder, "package.json"), JSON.stringify({ ...file, image: { include } }));
}
