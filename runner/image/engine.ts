import { copyFile, mkdir, readdir, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { badInput } from "../../infra/errors.ts";
import { isExecutable } from "../../tools/paths.mjs";
import { reasonOf } from "../../tools/problem.mjs";
import { run } from "../../tools/run.mjs";
import { OF_THE_ENGINE, OWN_HOST, PLACES, type Plugin } from "./contents.ts";

/** Whether the official language host lies beside a CLI; without it the checkout's own goes into the image. */
export const hasOfficialHost = (pulumi: string): boolean => isExecutable(join(dirname(pulumi), OF_THE_ENGINE[1]));

/** Copies the CLI with what lies beside it for Node. */
export async function copyEngine(pulumi: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const beside = OF_THE_ENGINE.filter((name) => isExecutable(join(dirname(pulumi), name)));
  for (const name of beside) await copyFile(join(dirname(pulumi), name), join(folder, name));
  const host = OF_THE_ENGINE[1];
  if (!hasOfficialHost(pulumi)) await symlink(`${PLACES.app}/${OWN_HOST}/bin/${host}`, join(folder, host));
}

/** What became of the plugins: those that the image has, and why it lacks the others. */
export interface PluginsHad {
  had: Plugin[];
  lacking: { plugin: Plugin; reason: string }[];
}

const program = ({ name }: Plugin): string => `pulumi-resource-${name}`;
const isIn = (folder: string | null, plugin: Plugin): boolean =>
  folder !== null && isExecutable(join(folder, program(plugin)));

/** @throws Refusal (exit 2) where a folder of plugins has none of those that are wanted */
export function mustHaveOne(plugins: readonly Plugin[], folder: string): void {
  if (plugins.some((plugin) => isIn(folder, plugin))) return;
  throw badInput(`--plugins: there is no ${plugins.map(program).join(", ")} in ${folder}`);
}

/**
 * Copies the providers' plugins to beside the CLI: from the folder that is named, else downloaded by the CLI.
 * @param given a folder with `pulumi-resource-NAME`; null: all are downloaded
 * @param scratch a folder for the download
 */
export async function copyPlugins(
  plugins: readonly Plugin[],
  { pulumi, given, scratch, folder }: { pulumi: string; given: string | null; scratch: string; folder: string },
): Promise<PluginsHad> {
  const had: Plugin[] = [];
  const lacking: PluginsHad["lacking"] = [];
  for (const plugin of plugins) {
    try {
      const from = given !== null && isIn(given, plugin) ? given : await download(pulumi, plugin, scratch);
      await copyFile(join(from, program(plugin)), join(folder, program(plugin)));
      had.push(plugin);
    } catch (error) {
      lacking.push({ plugin, reason: reasonOf(error) });
    }
  }
  return { had, lacking };
}

/** @returns the folder with the plugin's program */
async function download(pulumi: string, { name, version }: Plugin, scratch: string): Promise<string> {
  const env = { PULUMI_HOME: scratch, PULUMI_SKIP_UPDATE_CHECK: "true" };
  await run(pulumi, ["plugin", "install", "resource", name, version], { env });
  const plugins = join(scratch, "plugins");
  const found = (await readdir(plugins)).find((entry) => entry === `resource-${name}-v${version}`);
  if (found === undefined) throw new Error(`the CLI left no plugin in ${plugins}`);
  return join(plugins, found);
}
