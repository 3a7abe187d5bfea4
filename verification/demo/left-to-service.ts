import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parse, stringify } from "yaml";
import { z } from "zod";
import { EXIT } from "../../infra/errors.ts";
import { FOLDER, runbook } from "./commands.ts";

const ROOT = join(import.meta.dirname, "../..");

const resultSchema = z.object({ type: z.literal("result"), change: z.string() });
const stackFileSchema = z.looseObject({ config: z.record(z.string(), z.unknown()) });

/** Writes a stack's settings of this checkout with `runner: cluster` into the sandbox's folder; answers with the file. */
export async function settingsOfService(stack: string, env: NodeJS.ProcessEnv): Promise<string> {
  const name = `Pulumi.${stack}.yaml`;
  const settings = stackFileSchema.parse(parse(await readFile(join(ROOT, name), "utf8")));
  const config = { ...settings.config, "production-runbooks:runner": "cluster" };
  const file = resolve(ROOT, env.RUNBOOKS_SANDBOX ?? FOLDER, name);
  await writeFile(file, stringify({ ...settings, config }));
  return file;
}

/**
 * Opens a promotion by a command that leaves it to the service; answers with the change's id.
 * @param settings the file with the stack's settings
 * @throws Error where the command doesn't leave it to a service
 */
export async function promoteByService(stack: string, settings: string, env: NodeJS.ProcessEnv): Promise<string> {
  const args = ["promote", "--from", "staging", "--to", stack, "--config-file", settings, "--json"];
  const { code, stdout } = await runbook(args, { env, output: "kept" });
  if (code !== EXIT.waiting) throw new Error(`the promotion was not left to a service (${code}):\n${stdout}`);
  return resultSchema.parse(JSON.parse(stdout.trim().split("\n").at(-1) ?? "")).change;
}
