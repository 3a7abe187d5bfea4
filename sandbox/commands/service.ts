import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { z } from "zod";
import { openClient } from "../../infra/clients/kubernetes-client.ts";
import { badInput, EXIT } from "../../infra/errors.ts";
import { STAGES, type Stage } from "../cloud/accounts.ts";
import type { Ready, SandboxPaths } from "../cloud/state.ts";
import { fileBackend, sandboxEnvironment } from "./environment.ts";
import { ask, mustBeUp, type Print, pathsOf, ROOT, type SandboxOptions } from "./sandbox.ts";

const PROJECT = join(ROOT, "runner");
const STACK = "sandbox";
const NAMESPACE = "production-runbooks";
const KEY = "awskms://alias/production-runbooks-production?region=eu-west-1&awssdk=v2";

/** What the pods' own specification says, so that their image doesn't. */
const OF_THE_POD = new Set(["KUBECONFIG", "PULUMI_BACKEND_URL", "PULUMI_HOME"]);

const stackFileSchema = z.object({
  config: z.looseObject({
    "production-runbooks:onCall": z.string(),
    "production-runbooks:cluster": z.object({ namespace: z.string(), context: z.string().optional() }),
    "production-runbooks:gateway": z.object({ namespace: z.string() }),
  }),
});

const podsSchema = z.object({
  items: z.array(
    z.object({ metadata: z.object({ name: z.string(), annotations: z.record(z.string(), z.string()).default({}) }) }),
  ),
});

/** Where a pod's port is reached on this machine. */
const PORT_ANNOTATION = "runbooks.dev/sandbox-port";

/** The start of the service's image: this checkout's `runbook`, among the sandbox's stand-ins for AWS and the providers. */
const START = `import { readFileSync } from "node:fs";
const { folder, command, environment } = JSON.parse(readFileSync(new URL("./image.json", import.meta.url), "utf8"));
Object.assign(process.env, environment);
process.chdir(folder);
process.argv[1] = command;
await import(command);
`;

/** Makes the folder of an image that stands for the one of `npm run image`. */
async function writeImage(folder: string, paths: SandboxPaths, ready: Ready): Promise<void> {
  const all = Object.entries(sandboxEnvironment(paths, ready)).filter(([name]) => !OF_THE_POD.has(name));
  const environment = Object.fromEntries(all);
  await mkdir(folder);
  const start = { name: "runbooks", type: "module", scripts: { start: "node start.mjs" } };
  await writeFile(join(folder, "package.json"), JSON.stringify(start));
  await writeFile(join(folder, "start.mjs"), START);
  const image = { folder: ROOT, command: join(ROOT, "bin/runbook.ts"), environment };
  await writeFile(join(folder, "image.json"), JSON.stringify(image));
}

async function settingsOf(stage: Stage) {
  const { config } = stackFileSchema.parse(parse(await readFile(join(ROOT, `Pulumi.${stage}.yaml`), "utf8")));
  return {
    onCall: config["production-runbooks:onCall"],
    stack: {
      stack: stage,
      stage,
      namespace: config["production-runbooks:cluster"].namespace,
      gatewayNamespace: config["production-runbooks:gateway"].namespace,
      context: config["production-runbooks:cluster"].context,
    },
  };
}

/** Runs the Pulumi CLI. @throws Error with what it said where it fails */
function pulumi(args: readonly string[], { cwd, env }: { cwd: string; env: NodeJS.ProcessEnv }): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn("pulumi", [...args, "--non-interactive"], { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        said += text;
      });
    }
    child.once("error", (error) => reject(new Error(`pulumi can't be run: ${error.message}`)));
    child.once("close", (code) =>
      code === 0 ? resolve() : reject(new Error(`pulumi ${args[0]} left with ${code}:\n${said.trim()}`)),
    );
  });
}

/** Makes the service's stack, once for a sandbox; the file that the engine writes of it lies in the sandbox's folder. */
async function initialise(folder: string, env: NodeJS.ProcessEnv): Promise<void> {
  if (existsSync(join(folder, "Pulumi.yaml"))) return;
  const fresh = `${folder}.new`;
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh);
  await cp(join(PROJECT, "Pulumi.yaml"), join(fresh, "Pulumi.yaml"));
  await pulumi(["stack", "init", STACK, "--no-select", "--secrets-provider", KEY], { cwd: fresh, env });
  await rename(fresh, folder);
}

/** Writes the service's settings into its stack's file. @returns the file */
async function configure(folder: string, image: string, backend: string): Promise<string> {
  const stages = await Promise.all(STAGES.map(settingsOf));
  const file = join(folder, `Pulumi.${STACK}.yaml`);
  const initialised = z.looseObject({}).parse(parse(await readFile(file, "utf8")));
  const settings = {
    image,
    stacks: stages.map(({ stack }) => stack),
    backend: fileBackend(backend),
    onCall: stages[0]?.onCall,
    cluster: "sandbox",
    records: "sandbox-{stage}-records",
    namespace: NAMESPACE,
  };
  const config = Object.entries(settings).map(([key, value]) => [`production-runbooks-service:${key}`, value]);
  await writeFile(file, stringify({ ...initialised, config: Object.fromEntries(config) }));
  return file;
}

/**
 * `runbook sandbox service`: brings the service's own stack (`runner/`) up on the sandbox's cluster, two replicas of this checkout's
 * `runbook serve` with the rights of its Roles; a second time, with the checkout as it is then. Answers 70 where it doesn't come up.
 * @throws Refusal (exit 2) where the sandbox isn't up, or its cluster is a lent one
 */
export async function service(options: SandboxOptions, print: Print): Promise<number> {
  const [paths, ready] = [pathsOf(options), mustBeUp(options)];
  if (ready.providers.kubernetes === null)
    throw badInput(
      "sandbox service: the cluster is one of your own: bring up the stack in runner/ there, with an image of `npm run image`",
    );
  const env = { ...process.env, ...sandboxEnvironment(paths, ready) };
  const room = await mkdtemp(join(tmpdir(), "sandbox-service-"));
  try {
    await writeImage(join(room, "image"), paths, ready);
    const body = { folder: join(room, "image"), name: "registry.example.com/runbooks" };
    const { reference } = await ask(
      ready,
      { method: "POST", path: "/images", body },
      z.object({ reference: z.string() }),
    );
    const folder = join(paths.root, "service");
    await initialise(folder, env);
    const file = await configure(folder, reference, paths.backend);
    print("the service's stack, until its two replicas are ready");
    const policies = ["--policy-pack", "../policies", "--policy-pack-config", "policies.json"];
    await pulumi(["up", "--yes", "--skip-preview", "--stack", STACK, "--config-file", file, ...policies], {
      cwd: PROJECT,
      env,
    });
  } catch (error) {
    print(`the service didn't come up: ${error instanceof Error ? error.message : String(error)}`);
    return EXIT.stuck;
  } finally {
    await rm(room, { recursive: true, force: true });
  }
  for (const url of await urlsOf(paths)) print(`  ${url}`);
  return EXIT.done;
}

/** Where the service's pods answer on this machine. */
async function urlsOf({ kubeconfig }: SandboxPaths): Promise<string[]> {
  process.env.KUBECONFIG = kubeconfig;
  const { read } = await openClient({ context: null });
  const { items } = podsSchema.parse(
    JSON.parse((await read(`/api/v1/namespaces/${NAMESPACE}/pods`)) ?? '{"items":[]}'),
  );
  return items.flatMap(({ metadata: { name, annotations } }) => {
    const port = annotations[PORT_ANNOTATION];
    return port === undefined ? [] : [`http://127.0.0.1:${port}/ (${name})`];
  });
}
