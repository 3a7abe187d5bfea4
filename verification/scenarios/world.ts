import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { z } from "zod";
import { openKubernetes } from "../../infra/clients/kubernetes.ts";
import { firstRelease } from "../../sandbox/app/pin.ts";
import { ACCOUNTS, STAGES, type Stage } from "../../sandbox/cloud/accounts.ts";
import { exportsIn } from "../demo/sandbox.ts";
import type { Load } from "../load/load.ts";
import { spawnLoad } from "../load/spawn.ts";
import { type Answer, type Asked, ask } from "./ask.ts";
import { leavingNoNamespace } from "./namespaces.ts";
import { type ClusterObjects, openObjects } from "./objects.ts";
import { makeProject, type Project } from "./project.ts";
import { type Ran, run, saidLast } from "./run.ts";

export const ROOT = join(import.meta.dirname, "../..");

/** Which parts a world is made of. */
export const PARTS = ["stand-ins", "real parts"] as const;
export type Parts = (typeof PARTS)[number];

const stackStatusSchema = z.object({
  gateway: z.string(),
  releases: z.array(
    z.object({ id: z.string(), version: z.string(), weight: z.int(), ready: z.int(), desired: z.int() }),
  ),
  change: z.object({ id: z.string(), step: z.string().nullable(), state: z.string() }).nullable(),
  rollbackTargets: z.array(z.object({ version: z.string(), legal: z.unknown(), why: z.string().nullish() })),
});
export type StackStatus = z.infer<typeof stackStatusSchema>;

/** Two stacks with version 1, on some cluster, and what a scenario does with them. */
export interface World {
  parts: Parts;
  /** the checkout under test */
  program: string;
  project: Project;
  env: NodeJS.ProcessEnv;
  /** `runbook ARGS`, as a person would run it; whatever it ends with */
  runbook(args: readonly string[], input?: string): Promise<Ran>;
  /** `runbook ARGS`, which has to end with one of these codes. @throws Error with what it said */
  mustRun(codes: readonly number[], args: readonly string[]): Promise<Ran>;
  pulumi(args: readonly string[]): Promise<Ran>;
  /** A plain `pulumi up` of a stack. @throws Error where it fails */
  up(stage: Stage, args?: readonly string[]): Promise<Ran>;
  status(stage: Stage): Promise<StackStatus>;
  objects: ClusterObjects;
  /** a kubeconfig of someone who may look and do nothing; null on stand-ins */
  viewer: string | null;
  /** the log of what the service's user has asked the API server, an audit event a line; null on stand-ins */
  audit: string | null;
  gateway(stage: Stage): Promise<{ url: string; hostname: string }>;
  /** 40 requests a second, 20 users who are logged in, 20 WebSockets. */
  load(stage: Stage): Promise<Load>;
  /** The file of a manifest for a version of the reference workload. */
  release(folder: string, version: string): Promise<string>;
  /** The same for any folder of an image, with its migrations in it. */
  releaseOf(source: string, version: string): Promise<string>;
  file(name: string, text: string): Promise<string>;
  /** One request to the Gateway. */
  request(url: URL, asked: Asked): Promise<Answer>;
  /** Gives one ready pod a database where nobody is, or takes that away again: its container starts anew. */
  breakOnePod(stage: Stage, state: "bad" | "good"): Promise<void>;
}

/** A cluster that is there already. */
export interface LentCluster {
  kubeconfig: string;
  context: string;
  /** the official provider's program */
  provider: string;
  /** a kubeconfig of someone who may look and do nothing */
  viewer: string;
  /** the API server's log of what the service's user has asked */
  audit: string;
  /** Does there what `runbook sandbox fault pod` does on the sandbox's own cluster. */
  breakOnePod(objects: ClusterObjects, stage: Stage, state: "bad" | "good"): Promise<void>;
  /** what the stacks' settings have to say of it */
  settings: Readonly<Record<string, unknown>>;
}

/** What a world is brought up with. */
export interface WorldOptions {
  parts: Parts;
  /** the sandbox's folder, below the repository */
  sandbox: string;
  /** the checkout whose program, policies and command are tried; the sandbox is always this one's */
  program: string;
  /** which stacks get their first update */
  stages: readonly Stage[];
  /** a cluster that is there already; null: the sandbox's own */
  cluster: LentCluster | null;
  /** settings that differ from the committed ones, on both stacks */
  settings?: Readonly<Record<string, unknown>>;
}

/** `runbook sandbox ARGS`, always of this checkout; what it printed. */
type Sandbox = (args: readonly string[], env?: NodeJS.ProcessEnv) => Promise<string>;

const OFFERED = { requestsPerSecond: 40, sessions: 20, webSockets: 20 };
const QUIETLY = ["--yes", "--skip-preview", "--non-interactive", "--suppress-progress"];
const gatewaySchema = z.object({ namespace: z.string(), name: z.string(), hostname: z.string() });

/** Brings a sandbox up with version 1 on its stacks, does the work, and takes it down again; nothing of it is left on a lent cluster. */
export function inWorld<T>(options: WorldOptions, work: (world: World) => Promise<T>): Promise<T> {
  const { cluster } = options;
  const play = () => inSandbox(options, work);
  return cluster === null ? play() : leavingNoNamespace(cluster.kubeconfig, play);
}

async function inSandbox<T>(options: WorldOptions, work: (world: World) => Promise<T>): Promise<T> {
  const { cluster, program } = options;
  const room = await mkdtemp(join(tmpdir(), "scenario-"));
  const own: NodeJS.ProcessEnv = {
    ...process.env,
    RUNBOOKS_SANDBOX: options.sandbox,
    ...(cluster === null ? {} : { KUBECONFIG: cluster.kubeconfig }),
  };
  const sandbox: Sandbox = async (args, env = {}) => {
    const command = [join(ROOT, "bin/runbook.ts"), "sandbox", ...args];
    const ran = await run(process.execPath, command, { cwd: ROOT, env: { ...own, ...env } });
    if (ran.code !== 0) throw new Error(`sandbox ${args.join(" ")} ended with ${ran.code}:\n${saidLast(ran)}`);
    return ran.stdout;
  };
  const lent = cluster === null ? [] : ["--cluster", cluster.context];
  const withProvider = cluster === null ? {} : { PATH: `${dirname(cluster.provider)}:${own.PATH}` };
  try {
    await sandbox(["up", "--new", ...lent], withProvider);
    try {
      const env = { ...own, ...exportsIn(await sandbox(["env"])) };
      const project = await makeProject(program, join(room, "project"));
      // Another checkout's stack files name that one's workload; what the sandbox has built is this one's.
      const release = program === ROOT ? {} : { release: await firstRelease() };
      for (const stage of STAGES)
        await project.change(stage, { ...release, ...cluster?.settings, ...options.settings });
      const world = await openWorld(options, { room, project, env, sandbox });
      await Promise.all(options.stages.map((stage) => world.up(stage)));
      return await work(world);
    } finally {
      await sandbox(["down", "--purge"]);
    }
  } finally {
    await rm(room, { recursive: true, force: true });
  }
}

async function openWorld(
  { parts, program, cluster }: WorldOptions,
  { room, project, env, sandbox }: { room: string; project: Project; env: NodeJS.ProcessEnv; sandbox: Sandbox },
): Promise<World> {
  const at = { cwd: project.folder, env };
  const runbook: World["runbook"] = (args, input) =>
    run(process.execPath, [join(program, "bin/runbook.ts"), ...args], input === undefined ? at : { ...at, input });
  const pulumi: World["pulumi"] = (args) => run("pulumi", [...args, "--non-interactive"], at);
  const mustRun: World["mustRun"] = async (codes, args) => {
    const ran = await runbook(args);
    if (codes.includes(ran.code)) return ran;
    throw new Error(`runbook ${args.join(" ")} ended with ${ran.code}, not ${codes.join(" or ")}:\n${saidLast(ran)}`);
  };
  const file: World["file"] = async (name, text) => {
    await writeFile(join(room, name), text);
    return join(room, name);
  };
  const releaseOf: World["releaseOf"] = async (source, version) => {
    const image = (await sandbox(["build", source, "--name", "registry.example.com/app"])).trim();
    const args = ["--image", image, "--version", version, "--migrations", join(source, "migrations")];
    return file(`${version}.yaml`, (await mustRun([0], ["manifest", ...args])).stdout);
  };
  process.env.KUBECONFIG = env.KUBECONFIG;
  const kubernetes = await openKubernetes({ context: null });
  const objects = await openObjects(env.KUBECONFIG ?? "");
  const gateway: World["gateway"] = async (stage) => {
    const told = await run("pulumi", ["stack", "output", "gateway", "--json", "--stack", stage], at);
    const { namespace, name, hostname } = gatewaySchema.parse(JSON.parse(told.stdout));
    return { url: await kubernetes.gatewayUrl(namespace, name, stage), hostname };
  };
  return {
    parts,
    program,
    project,
    env,
    runbook,
    mustRun,
    pulumi,
    async up(stage, args = []) {
      const ran = await pulumi(["up", ...QUIETLY, "--stack", stage, ...args]);
      if (ran.code !== 0) throw new Error(`pulumi up of ${stage} ended with ${ran.code}:\n${saidLast(ran)}`);
      return ran;
    },
    async status(stage) {
      return stackStatusSchema.parse(JSON.parse((await mustRun([0], ["status", "--stack", stage, "--json"])).stdout));
    },
    objects,
    viewer: cluster?.viewer ?? null,
    audit: cluster?.audit ?? null,
    gateway,
    async load(stage) {
      const { syntheticUser: user, syntheticPassword: password } = ACCOUNTS[stage];
      const { url, hostname } = await gateway(stage);
      return spawnLoad({ ...OFFERED, baseUrl: url, hostname, user, password });
    },
    release: (folder, version) => releaseOf(join(ROOT, "sandbox/app/versions", folder), version),
    releaseOf,
    file,
    request: ask,
    async breakOnePod(stage, state) {
      if (cluster === null) await sandbox(["fault", "pod", state, "--stack", stage]);
      else await cluster.breakOnePod(objects, stage, state);
    },
  };
}
