/** `npm run image`: builds the service's image without Docker, starts it and tries it, and says its digest and size (docs/service.md). */
import { mkdir, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { Command } from "commander";
import { z } from "zod";
import { badInput, EXIT, Refusal } from "../../infra/errors.ts";
import { sayNote } from "../../tools/announce.mjs";
import { withLock } from "../../tools/lock.mjs";
import { ROOT, TOOLS } from "../../tools/paths.mjs";
import { locatePulumi } from "../../tools/pulumi.mjs";
import { run } from "../../tools/run.mjs";
import { makeBase } from "./base.ts";
import { buildImage, writeArchive } from "./buildah.ts";
import { type Plugin, pluginsOf, recipe } from "./contents.ts";
import { copyEngine, copyPlugins, hasOfficialHost, mustHaveOne, type PluginsHad } from "./engine.ts";
import { problemsOf, thisMachine } from "./needs.ts";
import { type Commit, commitOf, copyNode, productionPackages, unpackCommit } from "./parts.ts";
import { tryImage } from "./trial.ts";

const KEPT = join(TOOLS, "image");
const CONTEXT = join(KEPT, "context");

const command = new Command("npm run image --")
  .description("Build the service's OCI image without Docker, start it and try it, and print its digest and size.")
  .option("--name <name>", "its name in buildah's store", "localhost/production-runbooks")
  .option("--out <file>", "the archive in OCI's layout that is written", join(KEPT, "production-runbooks.tar"))
  .option(
    "--base <image>",
    "build on this image instead of Debian's packages: with libc, libstdc++, sh, env, tini, and TLS' authorities",
  )
  .option(
    "--mirror <url>",
    "Debian's mirror, such as one of a day, so that the same commit makes the same image later on",
  )
  .option(
    "--plugins <folder>",
    "take the providers' plugins (pulumi-resource-NAME) from here; what it lacks is downloaded",
  )
  .showHelpAfterError("(npm run image -- --help says the rest)")
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? EXIT.done : EXIT.refused))
  .parse();
const options = z
  .object({
    name: z.string().min(1),
    out: z.string().min(1),
    base: z.string().min(1).optional(),
    mirror: z.url().optional(),
    plugins: z.string().min(1).optional(),
  })
  .parse(command.opts());
const packageSchema = z.object({ version: z.string(), dependencies: z.record(z.string(), z.string()) });

const tell = (line: string): void => void process.stdout.write(`${line}\n`);

async function build(): Promise<void> {
  const problems = problemsOf(await thisMachine(), { hasBase: options.base !== undefined });
  if (problems.length > 0) throw badInput(...problems);
  // What others may read of a file is no matter of who builds it.
  process.umask(0o022);
  const commit = await commitOf(ROOT);
  const wanted = pluginsOf((await packageOf(commit)).dependencies);
  if (options.plugins !== undefined) mustHaveOne(wanted, options.plugins);
  const archive = resolve(options.out);
  await mkdir(KEPT, { recursive: true });
  await rm(CONTEXT, { recursive: true, force: true });
  await mkdir(CONTEXT);
  try {
    const plugins = await gather(commit, wanted);
    sayNote("buildah puts the image together");
    await buildImage(CONTEXT, { name: options.name, recipe: await recipeOf(commit), epoch: commit.epoch });
    tellOf(commit, plugins);
  } finally {
    await rm(CONTEXT, { recursive: true, force: true });
  }
  const [stack] = commit.files.flatMap((file) => /^Pulumi\.([^/]+)\.yaml$/.exec(file)?.[1] ?? []);
  if (stack === undefined)
    throw badInput(`the commit ${commit.id} has no stack file (Pulumi.NAME.yaml): the service would have no stack`);
  sayNote("the image is started and tried");
  for (const line of await tryImage(options.name, stack)) tell(`tried: ${line}`);
  const { digest, bytes } = await writeArchive(options.name, archive);
  tell(`image:  ${options.name}`);
  tell(`digest: ${digest}`);
  tell(`size:   ${(bytes / 1e6).toFixed(0)} MB (${archive})`);
  tell(`Push it: skopeo copy --preserve-digests oci-archive:${archive} docker://REGISTRY/NAME`);
}

/** Brings together what the recipe copies. */
async function gather(commit: Commit, wanted: readonly Plugin[]): Promise<PluginsHad> {
  const pulumi = locatePulumi();
  if (pulumi === undefined) throw badInput("there is no Pulumi CLI on PATH or in its folder of versions");
  const app = join(CONTEXT, "app");
  await unpackCommit(ROOT, { commit, folder: app, hasOwnHost: !hasOfficialHost(pulumi) });
  if (options.base === undefined) {
    sayNote("Debian's packages are fetched");
    await makeBase(join(CONTEXT, "base.tar"), { epoch: commit.epoch, mirror: options.mirror ?? null });
  }
  sayNote("Node and the production dependencies are fetched");
  await copyNode(KEPT, join(CONTEXT, "node"));
  // Linked, not copied: there are tens of thousands of them.
  await run("cp", ["-al", await productionPackages(KEPT, app), join(CONTEXT, "node_modules")]);
  const engine = join(CONTEXT, "engine");
  await copyEngine(pulumi, engine);
  const where = { pulumi, given: options.plugins ?? null, scratch: join(KEPT, "plugins"), folder: engine };
  return copyPlugins(wanted, where);
}

const packageOf = async ({ id }: Commit) =>
  packageSchema.parse(JSON.parse(await run("git", ["-C", ROOT, "show", `${id}:package.json`])));

async function recipeOf(commit: Commit): Promise<string> {
  const { version } = await packageOf(commit);
  return recipe(options.base === undefined ? { tar: "base.tar" } : { image: options.base }, {
    "org.opencontainers.image.title": "production-runbooks",
    "org.opencontainers.image.version": version,
    "org.opencontainers.image.revision": commit.id,
  });
}

function tellOf({ id, changed }: Commit, { had, lacking }: PluginsHad): void {
  tell(`commit: ${id}`);
  if (changed.length > 0) tell(`  without what was changed since: ${changed.join(", ")}`);
  for (const { name, version } of had) tell(`plugin: ${name} ${version}`);
  for (const { plugin, reason } of lacking) {
    tell(
      `  without the plugin ${plugin.name} ${plugin.version}, which could not be downloaded (${reason.split("\n").at(-1)?.trim()})`,
    );
  }
  if (lacking.length > 0) {
    tell(
      "  The engine downloads what it lacks when it first needs it, in each new pod: give the plugins by --plugins FOLDER instead.",
    );
  }
}

const waiting = (owner: number) => sayNote(`waiting for process ${owner}, which builds the image of this checkout`);
await withLock(join(TOOLS, "image.lock"), waiting, build).catch((error: unknown) => {
  process.exitCode = error instanceof Refusal ? error.exit : EXIT.restored;
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
});
