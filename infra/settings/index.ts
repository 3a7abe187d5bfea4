import { z } from "zod";
import { OPEN_PORTS, portOf } from "../domain/egress-ports.ts";
import { knownPaths } from "../domain/nearest.ts";
import { configPath, expectation, problemsOf, type Surroundings } from "../domain/problems.ts";
import { badInput } from "../errors.ts";
import { checkSlowCounts } from "./metrics.ts";
import { port } from "./parts.ts";
import { HIDDEN, type RawSettings, readListing, structured } from "./raw.ts";
import { checkStagingSoak, checkTrial, type Settings, settingsSchema } from "./schema.ts";
import { SPARE_SECRETS, type StackSecrets, secretsSchema } from "./secrets.ts";

export { NAMESPACE } from "../domain/problems.ts";
export type { Settings } from "./schema.ts";
export type { StackSecrets } from "./secrets.ts";

const KNOWN = [...knownPaths(settingsSchema), ...knownPaths(secretsSchema)];
/** What a rotation hands to one update; no stack file that is kept has it. */
const HANDED_OVER = "issued";
const SECRET_KEYS = Object.keys(secretsSchema.shape);

/**
 * Checks a stack's configuration and types it. Pure.
 * @param raw the keys without the namespace; structured values as objects or as JSON text; a secret's value may be `[secret]`
 * @throws Refusal (exit 2) with every problem at once, each with its config path, value and remedy
 */
export function parseSettings(raw: Readonly<Record<string, unknown>>): Settings {
  return checked({ keys: structured(raw), problems: [] });
}

/**
 * The settings from what `pulumi config --json` prints.
 * @throws Refusal (exit 2) with every problem; a secret that stands in clear is one
 */
export function settingsFromListing(text: string): Settings {
  return checked(readListing(text));
}

/**
 * The stack's secrets in clear from what `pulumi config --json --show-secrets` prints; for the runner's probes only.
 * @throws Refusal (exit 2) naming each one that is missing or malformed, never its value
 */
export function secretsFromListing(text: string): StackSecrets {
  const { secrets } = split(readListing(text).keys);
  const hidden = SECRET_KEYS.filter((key) => secrets[key] === HIDDEN);
  if (hidden.length > 0) {
    throw badInput(
      ...hidden.map((key) => `${configPath([key])} is hidden: list the configuration with --show-secrets`),
    );
  }
  const result = secretsSchema.safeParse(secrets, { error: expectation });
  if (!result.success) throw badInput(...problemsOf(result.error, withheld(secrets)));
  return result.data;
}

function checked({ keys, problems }: RawSettings): Settings {
  const { settings, secrets } = split(keys);
  const result = settingsSchema.safeParse(settings, { error: expectation });
  const errors = [result.error ?? null, checkStagingSoak(settings), checkTrial(settings), checkSlowCounts(settings)];
  const around: Surroundings = { raw: settings, known: KNOWN, values: "shown" };
  const all = [
    ...problems,
    ...errors.flatMap((error) => (error === null ? [] : problemsOf(error, around))),
    ...secretProblems(secrets),
    ...databasePortProblems(settings, secrets),
  ];
  if (!result.success || all.length > 0) throw badInput(...new Set(all));
  return result.data;
}

function secretProblems(secrets: Readonly<Record<string, unknown>>): string[] {
  const missing = SECRET_KEYS.filter((key) => secrets[key] === undefined && !SPARE_SECRETS.includes(key)).map(
    (key) => `${configPath([key])} is missing: set it with \`pulumi config set --secret ${key}\``,
  );
  const given = Object.fromEntries(
    Object.entries(secrets).filter(([, value]) => value !== undefined && value !== HIDDEN),
  );
  const result = secretsSchema.partial().safeParse(given, { error: expectation });
  return result.success ? missing : [...missing, ...problemsOf(result.error, withheld(given))];
}

const egressSchema = z.object({ cluster: z.object({ egressPorts: z.array(port) }) });

/**
 * A port that pods may not call: every migration would wait for it until its deadline. It isn't opened by itself: running releases keep the
 * address that they were made with, whose port would be closed with the change.
 */
function databasePortProblems(settings: unknown, secrets: Readonly<Record<string, unknown>>): string[] {
  const url = secretsSchema.shape.databaseUrl.safeParse(secrets.databaseUrl);
  const found = url.success ? portOf(url.data) : null;
  const open = [...OPEN_PORTS, ...(egressSchema.safeParse(settings).data?.cluster.egressPorts ?? [])];
  if (found === null || open.includes(found)) return [];
  // Not the port itself: where the host was forgotten, it is the password.
  const remedy = `add it to ${configPath(["cluster", "egressPorts"])}`;
  return [
    `${configPath(["databaseUrl"])}: pods may call the ports ${open.join(", ")} alone, and its port is another: ${remedy}`,
  ];
}

function withheld(raw: unknown): Surroundings {
  return { raw, known: KNOWN, values: "withheld" };
}

function split(keys: Readonly<Record<string, unknown>>) {
  const entries = Object.entries(keys).filter(([key]) => key !== HANDED_OVER);
  return {
    settings: Object.fromEntries(entries.filter(([key]) => !SECRET_KEYS.includes(key))),
    secrets: Object.fromEntries(entries.filter(([key]) => SECRET_KEYS.includes(key))),
  };
}
