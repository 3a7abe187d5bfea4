import type { Json } from "../../gates/index.ts";

/** What stands where a secret stood. */
export const REDACTED = "«redacted»";

/** A value shorter than this is no secret, and looking for it would shred every text. */
const SHORTEST = 6;

const SHORT_ESCAPES: Record<string, string> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  "\b": "b",
  "\f": "f",
  "\n": "n",
  "\r": "r",
  "\t": "t",
};

function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
}

function eitherCase(hex: string): string {
  return hex.replace(/[a-f]/gi, (digit) => `[${digit.toLowerCase()}${digit.toUpperCase()}]`);
}

function hexOf(bytes: Uint8Array): string[] {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0"));
}

/** One character raw, percent-encoded or JSON-escaped (however often over), in any mixture with its neighbours. */
function characterPattern(character: string): string {
  const percent = hexOf(Buffer.from(character)).map((hex) => `%(?:25)*${eitherCase(hex)}`);
  const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
  const unicode = units.map((unit) => `\\\\+u${eitherCase(unit.toString(16).padStart(4, "0"))}`);
  const short = SHORT_ESCAPES[character];
  const forms = [literal(character), percent.join(""), unicode.join("")];
  if (short !== undefined) forms.push(`\\\\+${literal(short)}`);
  if (character === " ") forms.push("\\+");
  return `(?:${forms.join("|")})`;
}

/** The part of a longer text's base64 that depends on the secret alone, where the secret begins at byte 0, 1 or 2 of three. */
function base64Forms(secret: string): string[] {
  const bytes = Buffer.from(secret);
  return [0, 1, 2].map((offset) => {
    const padded = Buffer.concat([Buffer.alloc(offset), bytes]);
    return padded.toString("base64").slice(Math.ceil((offset * 8) / 6), Math.floor((padded.length * 8) / 6));
  });
}

function patternOf(secret: string): string {
  const base64 = base64Forms(secret);
  const url = base64.map((form) => form.replaceAll("+", "-").replaceAll("/", "_"));
  const hex = eitherCase(hexOf(Buffer.from(secret)).join(""));
  const encoded = [...new Set([...base64, ...url])].map(literal);
  return [Array.from(secret, characterPattern).join(""), ...encoded, hex].join("|");
}

function passwordOf(secret: string): string[] {
  const password = URL.canParse(secret) ? new URL(secret).password : "";
  if (password === "") return [];
  try {
    return [password, decodeURIComponent(password)];
  } catch {
    return [password];
  }
}

/** A secret and the parts of it that are secret by themselves: a URL's password, each key of a comma-separated ring. */
export function secretParts(secret: string): string[] {
  const parts = [secret, ...secret.split(","), ...passwordOf(secret)];
  return [...new Set(parts)].filter((part) => part.length >= SHORTEST);
}

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
  const pattern = parts.length === 0 ? null : new RegExp(parts.map(patternOf).join("|"), "gu");
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
