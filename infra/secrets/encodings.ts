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

export type Encoding =
  | "raw"
  | "percent-encoded"
  | "form-encoded"
  | "JSON-escaped"
  | "base64"
  | "base64url"
  | "hexadecimal";

/** One way to write a secret: a regular expression's source (flags `gu`), and what a match of it is called. */
export interface Form {
  pattern: string;
  nameOf(match: string): Encoding;
}

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
function base64Texts(secret: string): string[] {
  const bytes = Buffer.from(secret);
  return [0, 1, 2].map((offset) => {
    const padded = Buffer.concat([Buffer.alloc(offset), bytes]);
    return padded.toString("base64").slice(Math.ceil((offset * 8) / 6), Math.floor((padded.length * 8) / 6));
  });
}

function nameOfText(match: string, secret: string): Encoding {
  if (match === secret) return "raw";
  const [percents, escapes] = [/%[0-9a-f]{2}/i, /\\/].map((mark) => mark.test(match) && !mark.test(secret));
  if (escapes) return "JSON-escaped";
  return percents || match.includes("%") ? "percent-encoded" : "form-encoded";
}

/** Every form in which a secret may stand in a text: raw, percent-encoded, JSON-escaped, base64 and base64url at every offset, hexadecimal. */
export function formsOf(secret: string): Form[] {
  const base64 = base64Texts(secret);
  const url = base64.map((text) => text.replaceAll("+", "-").replaceAll("/", "_"));
  const alike = new Set(base64);
  return [
    { pattern: Array.from(secret, characterPattern).join(""), nameOf: (match) => nameOfText(match, secret) },
    { pattern: base64.map(literal).join("|"), nameOf: () => "base64" },
    ...url
      .filter((text) => !alike.has(text))
      .map((text): Form => ({ pattern: literal(text), nameOf: () => "base64url" })),
    { pattern: eitherCase(hexOf(Buffer.from(secret)).join("")), nameOf: () => "hexadecimal" },
  ];
}

function partsOfUrl(secret: string): string[] {
  if (!URL.canParse(secret)) return [];
  const { password, searchParams } = new URL(secret);
  try {
    return [password, decodeURIComponent(password), ...searchParams.values()];
  } catch {
    return [password];
  }
}

/**
 * A secret and the parts of it that are secret by themselves: a URL's password and the values of its query, each key of a
 * comma-separated ring. A URL's user and host are not: they stand in many a text that nobody has to hide.
 */
export function secretParts(secret: string): string[] {
  const parts = [secret, ...secret.split(","), ...partsOfUrl(secret)];
  return [...new Set(parts)].filter((part) => part.length >= SHORTEST);
}
