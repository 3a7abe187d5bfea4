/**
 * How one character of a secret may stand in a text: as it is, percent-encoded, escaped by backslashes as JSON, shells, Python, Ruby and C do, or as
 * an entity of HTML and XML; each however often over, in any mixture with its neighbours.
 */

/** One character of a secret, with the secret's own backslashes before it: their escapes and the character's share one run. */
export interface Unit {
  backslashes: number;
  /** empty where the secret ends with backslashes */
  character: string;
  code: number;
  /** UTF-8, each byte as two digits */
  hex: readonly string[];
  /** what may stand after a run of backslashes in the character's place; each is a list, with a run between its parts */
  tails: readonly (readonly string[])[];
}

const SHORT_ESCAPES: Record<string, string> = {
  "\b": "b",
  "\f": "f",
  "\n": "n",
  "\r": "r",
  "\t": "t",
  "\v": "v",
  "\u0007": "a",
  "\u001b": "e",
  "\0": "0",
};

const NAMED_ENTITIES: Record<string, string> = { '"': "quot;", "'": "apos;", "&": "amp;", "<": "lt;", ">": "gt;" };

const padded = (value: number, radix: number, digits: number) => value.toString(radix).padStart(digits, "0");

function tailsOf(character: string): string[][] {
  const code = character.codePointAt(0) ?? 0;
  const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
  const bytes = [...Buffer.from(character)];
  const tails = [
    [`u{${code.toString(16)}}`],
    [`U${padded(code, 16, 8)}`],
    units.map((unit) => `u${padded(unit, 16, 4)}`),
    bytes.map((byte) => `x${padded(byte, 16, 2)}`),
    bytes.map((byte) => padded(byte, 8, 3)),
  ];
  const short = SHORT_ESCAPES[character];
  if (short !== undefined) tails.push([short]);
  if (code < 0x100) tails.push([`x${padded(code, 16, 2)}`]);
  // Punctuation and blanks may have a backslash in any shell.
  if (!/[\p{L}\p{N}\n\r]/u.test(character)) tails.push([character]);
  return tails;
}

/** The units of a secret, in order. */
export function unitsOf(secret: string): Unit[] {
  return Array.from(secret.matchAll(/(\\*)([^\\]?)/gu))
    .filter(([whole]) => whole !== "")
    .map(([, backslashes = "", character = ""]) => ({
      backslashes: backslashes.length,
      character,
      code: character.codePointAt(0) ?? 0,
      hex: [...Buffer.from(character)].map((byte) => padded(byte, 16, 2)),
      tails: character === "" ? [[""]] : tailsOf(character),
    }));
}

function endOfRun(text: string, position: number): number {
  let end = position;
  while (text.charCodeAt(end) === 0x5c) end += 1;
  return end;
}

/** Whether `expected` stands at `position`, hexadecimal digits in either case; the rest of it is compared as it is. */
function standsAt(text: string, position: number, expected: string): boolean {
  if (text.startsWith(expected, position)) return true;
  const isHexadecimal = /^[uUx]\{?[0-9a-f]+\}?$/.test(expected);
  if (!isHexadecimal || text[position] !== expected[0]) return false;
  return text.slice(position + 1, position + expected.length).toLowerCase() === expected.slice(1);
}

function afterTail(text: string, position: number, parts: readonly string[]): number | undefined {
  let at = position;
  for (const [index, part] of parts.entries()) {
    if (index > 0) {
      const end = endOfRun(text, at);
      if (end === at) return undefined;
      at = end;
    }
    if (!standsAt(text, at, part)) return undefined;
    at += part.length;
  }
  return at;
}

/** `%2F`, `%252f`, ... */
function afterPercents(text: string, position: number, hex: readonly string[]): number | undefined {
  let at = position;
  for (const byte of hex) {
    if (text[at] !== "%") return undefined;
    at += 1;
    while (text.startsWith("25", at) && text.slice(at, at + 2).toLowerCase() !== byte) at += 2;
    // "%25" itself, escaped again: the last 25 is the byte.
    if (byte === "25") while (text.startsWith("2525", at)) at += 2;
    if (text.slice(at, at + 2).toLowerCase() !== byte) return undefined;
    at += 2;
  }
  return hex.length === 0 ? undefined : at;
}

/** `&quot;`, `&#34;`, `&#x22;`, and what escaping those again makes of them. */
function afterEntity(text: string, position: number, character: string, code: number): number | undefined {
  if (text[position] !== "&" || character === "") return undefined;
  let at = position + 1;
  while (text.startsWith("amp;", at) && !(character === "&" && !text.startsWith("amp;", at + 4))) at += 4;
  const name = NAMED_ENTITIES[character];
  if (name !== undefined && text.startsWith(name, at)) return at + name.length;
  if (text[at] !== "#") return undefined;
  const number = /^(?:[xX]0*([0-9a-fA-F]{1,6})|0*([0-9]{1,7}));/.exec(text.slice(at + 1, at + 40));
  if (number === null) return undefined;
  const [whole, hexadecimal, decimal] = number;
  const value = hexadecimal === undefined ? Number(decimal) : Number.parseInt(hexadecimal, 16);
  return value === code ? at + 1 + whole.length : undefined;
}

/** Where a character may end that begins at `position`, without backslashes before it. */
function afterBare(text: string, position: number, { character, code, hex }: Unit): (number | undefined)[] {
  const ends = [
    text.startsWith(character, position) ? position + character.length : undefined,
    afterPercents(text, position, hex),
    afterEntity(text, position, character, code),
  ];
  if (character === " " && text[position] === "+") ends.push(position + 1);
  if (character === "'") {
    // A shell's 'don'\''t' and 'don'"'"'t'.
    if (text.startsWith(`'"'"'`, position)) ends.push(position + 5);
    const run = endOfRun(text, position + 1);
    if (text[position] === "'" && run > position + 1 && text.startsWith("''", run)) ends.push(run + 2);
  }
  return ends;
}

/** The secret's own backslashes in another form than backslashes: `%5C`, `&#92;`, `\x5c`. */
function afterEncodedBackslashes(text: string, position: number, count: number): number | undefined {
  let at: number | undefined = position;
  for (let left = count; left > 0 && at !== undefined; left -= 1) {
    const run = endOfRun(text, at);
    const tails: string[][] = run > at ? tailsOf("\\").filter(([tail]) => tail !== "\\") : [];
    const next: number | undefined =
      afterPercents(text, at, ["5c"]) ??
      afterEntity(text, at, "\\", 0x5c) ??
      tails.map((tail) => afterTail(text, run, tail)).find((end) => end !== undefined);
    at = next;
  }
  return at;
}

/** Every place where a unit may end that begins at `position`; none where it doesn't stand there. */
export function endsOf(text: string, position: number, unit: Unit): Set<number> {
  const { backslashes, character } = unit;
  const run = endOfRun(text, position);
  const length = run - position;
  const ends: (number | undefined)[] = [];
  if (backslashes > 0) {
    const encoded = afterEncodedBackslashes(text, position, backslashes);
    if (encoded !== undefined) {
      const rest = { ...unit, backslashes: 0 };
      ends.push(...(character === "" ? [encoded] : endsOf(text, encoded, rest)));
    }
    if (length >= backslashes) {
      if (character === "") ends.push(run);
      else ends.push(...afterBare(text, run, unit), ...unit.tails.map((tail) => afterTail(text, run, tail)));
    }
  } else {
    ends.push(...afterBare(text, position, unit));
    if (length > 0) ends.push(...unit.tails.map((tail) => afterTail(text, run, tail)));
  }
  return new Set(ends.filter((end) => end !== undefined));
}
