import type { Json } from "../../domain/json.ts";
import { KEYED_VALUE } from "../../domain/release-header.ts";
import { findSecret, formsOf, type Place, searchedText } from "./find.ts";
import { secretParts } from "./secret-parts.ts";
import { REDACTED, withoutUrlPasswords } from "./url-passwords.ts";

/** Finds and blanks out secrets, raw or encoded, and the passwords of URLs whether they are known or not. */
export interface Redactor {
  text(text: string): string;
  /** Every string in it, the keys too, and numbers that spell a secret. */
  json(value: Json): Json;
  data(value: Record<string, Json>): Record<string, Json>;
}

/** Prepares a search for secrets, whole and in their parts, in every form that `findSecret` knows. */
export function createRedactor(secrets: readonly string[]): Redactor {
  const forms = [...new Set(secrets.flatMap(secretParts))].map(formsOf);
  const withoutKnown = (value: string) => {
    if (forms.length === 0 || value === "") return value;
    const searched = searchedText(value);
    const places = forms.flatMap((form) => [...findSecret(searched, form)]);
    return blanked(
      value,
      places.sort((one, other) => one.start - other.start),
    );
  };
  const text = (original: string) => {
    // The key of a release is none of the settings' secrets: the stack makes it, and what carries it is known by its shape.
    const value = withoutKnown(original.replace(KEYED_VALUE, `$1.${REDACTED}`));
    return withoutUrlPasswords(value);
  };
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

/** The text with each place, or several that overlap, replaced by one mark. */
function blanked(text: string, places: readonly Place[]): string {
  const kept: string[] = [];
  let from = 0;
  for (const { start, end } of places) {
    if (start >= from) kept.push(text.slice(from, start), REDACTED);
    from = Math.max(from, end);
  }
  return kept.length === 0 ? text : `${kept.join("")}${text.slice(from)}`;
}
