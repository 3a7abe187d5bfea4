import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { temporaryFolder } from "../clients/temporary-folder.ts";
import { badInput } from "../errors.ts";
import { NAMESPACE } from "../settings/index.ts";
import { pulumi } from "./cli.ts";
import { errorText, type StackPlace, settingsOption } from "./reading.ts";

/** How long the secrets provider may take for a value, in milliseconds. */
const LONGEST_ENCRYPTION = 2 * 60_000;
const KEY = `${NAMESPACE}:issued`;
const fileSchema = z.looseObject({ config: z.record(z.string(), z.unknown()).default({}) });
const encryptedSchema = z.object({ secure: z.string() });

/** A copy of the stack's settings file that only this process reads, for as long as the work takes. */
async function withCopy<T>(
  { cwd, name, configFile }: StackPlace,
  more: Record<string, unknown>,
  work: (file: string) => Promise<T>,
): Promise<T> {
  const { parse, stringify } = await import("yaml"); // only where a value is handed over
  const room = await temporaryFolder("runbook-settings-");
  try {
    const settings = fileSchema.parse(parse(await readFile(configFile ?? join(cwd, `Pulumi.${name}.yaml`), "utf8")));
    const file = join(room, `Pulumi.${name}.yaml`);
    await writeFile(file, stringify({ ...settings, config: { ...settings.config, ...more } }), { mode: 0o600 });
    return await work(file);
  } finally {
    await rm(room, { recursive: true, force: true });
  }
}

/**
 * Encrypts a value with the stack's secrets provider; it goes in on stdin.
 * @returns the ciphertext, as a stack file has it
 * @throws Refusal (exit 2) where the provider can't be reached
 */
export async function encryptFor(stack: StackPlace, value: string): Promise<string> {
  return withCopy(stack, {}, async (file) => {
    const args = ["config", "set", "--secret", KEY, "--stack", stack.name, "--config-file", file];
    const result = await pulumi(stack.cwd, args, { within: LONGEST_ENCRYPTION, input: value });
    if (result.code !== 0) throw badInput(`the stack's secrets provider doesn't encrypt: ${errorText(result)}`);
    const { parse } = await import("yaml");
    const { config } = fileSchema.parse(parse(await readFile(file, "utf8")));
    return encryptedSchema.parse(config[KEY]).secure;
  });
}

/** Does the work with the settings file's option: the stack's own, or a copy that brings an encrypted value along. */
export async function withIssued<T>(
  stack: StackPlace,
  ciphertext: string | null,
  work: (option: readonly string[]) => Promise<T>,
): Promise<T> {
  if (ciphertext === null) return work(settingsOption(stack));
  return withCopy(stack, { [KEY]: { secure: ciphertext } }, (file) => work(["--config-file", file]));
}
