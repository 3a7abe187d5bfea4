import { z } from "zod";
import { parsedJson } from "../domain/json.ts";
import { configPath, NAMESPACE } from "../domain/problems.ts";
import { settingsSchema } from "./schema.ts";
import { secretsSchema } from "./secrets.ts";

/** Stands for a secret's value where it wasn't asked for. */
export const HIDDEN = "[secret]";

const SECRET_KEYS: readonly string[] = Object.keys(secretsSchema.shape);

/** Keys whose value is a text as it stands; all others arrive from Pulumi as JSON text. */
const TEXT_KEYS: ReadonlySet<string> = new Set([
  ...SECRET_KEYS,
  ...([
    "stage",
    "onCall",
    "syntheticUser",
    "soak",
    "records",
    "runner",
  ] satisfies (keyof typeof settingsSchema.shape)[]),
]);

/** A stack's keys of our namespace, and what is wrong with how they stand there. */
export interface RawSettings {
  keys: Record<string, unknown>;
  problems: string[];
}

/** Reads structured values that arrived as JSON text; what is no JSON is left for the schema to refuse. */
export function structured(keys: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(keys).map(([key, value]) => [key, isJsonText(key, value) ? parsedJson(value, value) : value]),
  );
}

function isJsonText(key: string, value: unknown): value is string {
  return typeof value === "string" && key in settingsSchema.shape && !TEXT_KEYS.has(key);
}

/** Drops the namespace from a flat configuration and keeps only our keys. */
export function ownKeys(configuration: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const prefix = `${NAMESPACE}:`;
  return Object.fromEntries(
    Object.entries(configuration)
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, value]) => [key.slice(prefix.length), value]),
  );
}

const listingSchema = z.record(
  z.string(),
  z.object({ value: z.string().optional(), objectValue: z.unknown().optional(), secret: z.boolean().default(false) }),
);

/**
 * Reads what `pulumi config --json` prints; without `--show-secrets` the secrets' values are HIDDEN.
 * A secret that stands in clear in the stack file is a problem.
 */
export function readListing(text: string): RawSettings {
  const listing = listingSchema.parse(JSON.parse(text));
  const problems: string[] = [];
  const keys = Object.entries(ownKeys(listing)).map(([key, entry]) => {
    const { value, objectValue, secret } = listingSchema.valueType.parse(entry);
    if (!secret && SECRET_KEYS.includes(key) && value !== "") {
      problems.push(
        `${configPath([key])} is in clear in the stack file: set it with \`pulumi config set --secret ${key}\``,
      );
    }
    return [key, objectValue ?? value ?? (secret ? HIDDEN : undefined)];
  });
  return { keys: structured(Object.fromEntries(keys)), problems };
}
