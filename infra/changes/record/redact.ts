import type { Json } from "../../gates/index.ts";
import { formsOf, secretParts } from "../../secrets/encodings.ts";

/** What stands where a secret stood. */
export const REDACTED = "«redacted»";

/** Finds and blanks out secrets, raw or encoded. */
export interface Redactor {
  text(text: string): string;
  /** Every string in it, the keys too, and numbers that spell a secret. */
  json(value: Json): Json;
  data(value: Record<string, Json>): Record<string, Json>;
}

/** Prepares a search for secrets: raw, base64 and base64url at every offset, percent-encoded, JSON-escaped, hexadecimal. */
export function createRedactor(secrets: readonly string[]): Redactor {
  const parts = [...new Set(secrets.flatMap(secretParts))].sort((one, other) => other.length - one.length);
  const forms = parts.flatMap((part) => formsOf(part).map(({ pattern }) => pattern));
  const pattern = forms.length === 0 ? null : new RegExp(forms.join("|"), "gu");
  const text = (value: string) => (pattern === null ? value : value.replace(pattern, REDACTED));
  const json = (value: Json): Json => {
    if (typeof value === "string") return text(value);
    if (typeof value === "number") return text(String(value)) === String(value) ? value : REDACTED;
    if (Array.isArray(value)) return value.map(json);
    if (value === null || typeof value !== "object") return value;
    return data(value);
  };
  const data = (value: Record<string, Json>) =>
    Object.fromEntries(Object.entries(value).map(([key, inner]) => [text(key), json(inner)]));
  return { text, json, data };
}

/**
 * Makes sure that a text holds no secret.
 * @throws Error where it does; the message says where, never what
 */
export function assertNoSecrets(text: string, secrets: readonly string[]): void {
  const redacted = createRedactor(secrets).text(text);
  if (redacted === text) return;
  const place = text.split("").findIndex((character, index) => character !== redacted[index]);
  throw new Error(`a secret stands in the text, at character ${place}: it must not be written`);
}
