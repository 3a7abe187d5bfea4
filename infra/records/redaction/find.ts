import { endsOf, type Unit, unitsOf } from "./escapes.ts";
import { placesOf, type View, without } from "./view.ts";

export type Encoding =
  | "raw"
  | "percent-encoded"
  | "form-encoded"
  | "JSON-escaped"
  | "backslash-escaped"
  | "HTML-escaped"
  | "base64"
  | "base64url"
  | "hexadecimal"
  | "a list of bytes";

/** Where a secret stands in a text: from `start` up to, not with, `end`. */
export interface Place {
  start: number;
  end: number;
  encoding: Encoding;
}

/** A text, prepared once for the search of any number of secrets. */
export interface SearchedText {
  whole: string;
  /** where an escape begins */
  escapes: readonly number[];
  /** without line ends inside of base64, as MIME and PEM break it, themselves escaped or indented, and without JSON's `\/` */
  unwrapped: View;
  /** without what stands between two bytes in hexadecimal digits: `68 75`, `68:75`, `\x68\x75`, `0x68, 0x75` */
  packed: View;
  /** without blanks between numbers */
  numbers: View;
}

/** A run of backslashes counts once, at its beginning. */
const ESCAPES = /(?<!\\)\\|[%&+]/g;
const BASE64_BREAKS = /(?:\r?\n|(?<!\\)\\+r\\+n|(?<!\\)\\+n)[ \t]{0,16}(?=[A-Za-z0-9+/_=-])|(?<!\\)\\+(?=\/)/g;
const BETWEEN_HEX = /(?<=[0-9a-fA-F]{2})(?:[ :_-]|,? ?0x|, ?|(?<!\\)\\+x)(?=[0-9a-fA-F]{2})/g;
const BETWEEN_NUMBERS = /(?<=\d,)\s{1,16}(?=\d)/g;

export function searchedText(whole: string): SearchedText {
  const packed = without(whole, BETWEEN_HEX);
  return {
    whole,
    escapes: Array.from(whole.matchAll(ESCAPES), ({ index }) => index),
    unwrapped: without(whole, BASE64_BREAKS),
    packed: { ...packed, text: packed.text.replace(/[A-F]/g, (digit) => digit.toLowerCase()) },
    numbers: without(whole, BETWEEN_NUMBERS),
  };
}

/** A secret in every form that the search knows. */
export interface SoughtForms {
  secret: string;
  units: readonly Unit[];
  base64: readonly string[];
  base64url: readonly string[];
  hexadecimal: string;
  bytes: string;
}

/** The part of a longer text's base64 that depends on the secret alone, where the secret begins at byte 0, 1 or 2 of three. */
function base64Texts(secret: string): string[] {
  const bytes = Buffer.from(secret);
  return [0, 1, 2].map((offset) => {
    const padded = Buffer.concat([Buffer.alloc(offset), bytes]);
    return padded.toString("base64").slice(Math.ceil((offset * 8) / 6), Math.floor((padded.length * 8) / 6));
  });
}

export function formsOf(secret: string): SoughtForms {
  const base64 = base64Texts(secret);
  const url = base64.map((text) => text.replaceAll("+", "-").replaceAll("/", "_"));
  const bytes = Buffer.from(secret);
  return {
    secret,
    units: unitsOf(secret),
    base64,
    base64url: url.filter((text) => !base64.includes(text)),
    hexadecimal: bytes.toString("hex"),
    bytes: [...bytes].join(","),
  };
}

const JSON_ESCAPES = /^(?:[^\\]|\\+(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*$/;

function nameOf(match: string, secret: string): Encoding {
  if (match === secret) return "raw";
  if (/&(?:amp;)*(?:#\w+|[a-z]+);/.test(match) && !/&(?:#\w+|[a-z]+);/.test(secret)) return "HTML-escaped";
  const isPercent = /%[0-9a-f]{2}/i.test(match);
  if (match.includes("\\") && !(isPercent && secret.includes("\\"))) {
    return JSON_ESCAPES.test(match) ? "JSON-escaped" : "backslash-escaped";
  }
  if (isPercent) return "percent-encoded";
  return match.includes("+") ? "form-encoded" : "backslash-escaped";
}

/** Where the units end that begin at `start`; the longest reading, or undefined. */
function matchAt(text: string, start: number, units: readonly Unit[]): number | undefined {
  let reached = new Set([start]);
  for (const unit of units) {
    const next = new Set<number>();
    for (const position of reached) for (const end of endsOf(text, position, unit)) next.add(end);
    if (next.size === 0) return undefined;
    reached = next;
  }
  return Math.max(...reached);
}

function* escapedPlaces({ whole, escapes }: SearchedText, { secret, units }: SoughtForms): Generator<Place> {
  const [first] = units;
  if (first === undefined) return;
  const literal = first.backslashes > 0 ? [] : placesOf(whole, first.character);
  for (const starts of [literal, escapes]) {
    for (const start of starts) {
      const end = matchAt(whole, start, units);
      if (end !== undefined) yield { start, end, encoding: nameOf(whole.slice(start, end), secret) };
    }
  }
}

function* placesInView(view: View, part: string, encoding: Encoding): Generator<Place> {
  for (const at of placesOf(view.text, part)) {
    yield { start: view.placeOf(at), end: view.placeOf(at + part.length - 1) + 1, encoding };
  }
}

function* listedPlaces({ numbers }: SearchedText, { bytes }: SoughtForms): Generator<Place> {
  const isDigit = (index: number) => /\d/.test(numbers.text[index] ?? "");
  for (const at of placesOf(numbers.text, bytes)) {
    const end = at + bytes.length;
    if (isDigit(at - 1) || isDigit(end)) continue;
    yield { start: numbers.placeOf(at), end: numbers.placeOf(end - 1) + 1, encoding: "a list of bytes" };
  }
}

/**
 * Every place where a secret stands in a text, in any of its forms, in time linear in the text's length: raw, percent-encoded, escaped for JSON, shells,
 * programs' literals, HTML and XML; base64 and base64url at every offset, in lines or not; hexadecimal; a list of bytes.
 */
export function* findSecret(text: SearchedText, sought: SoughtForms): Generator<Place> {
  yield* escapedPlaces(text, sought);
  for (const part of sought.base64) yield* placesInView(text.unwrapped, part, "base64");
  for (const part of sought.base64url) yield* placesInView(text.unwrapped, part, "base64url");
  yield* placesInView(text.packed, sought.hexadecimal, "hexadecimal");
  yield* listedPlaces(text, sought);
}
