import { parseDocument } from "yaml";
import { type Field, fieldOf, textAt } from "./inputs.ts";

// Before a variable's name in a shell's line, an .env file, a Dockerfile, `--env=NAME=value` or `process.env.NAME = value`.
const BEFORE = String.raw`(?:^|[\s;&|"'(\x60,=:.\[{])`;
const VALUE = String.raw`("[^"\n]*"|'[^'\n]*'|[^\s;&|"')\x60,}]*)`;
// What another process puts in: `$NAME`, `$(NAME)`, a template's `{{ }}` or `<% %>`.
const FILLED_IN = /\$[\w({]|\{\{|<%/;
const COMMENT = /^[ \t]*(#|\/\/).*$/gm;

/** A variable that a text sets. */
export interface TextAssignment {
  readonly name: string;
  /** The value, behind the path of the text and the variable's name; missing where the text takes it from elsewhere. */
  readonly literal: Field;
  /** What the text takes the value from, as `$NAME`; else missing. */
  readonly source: Field;
}

/** What a text of lines sets of the names: as a shell does, an .env file, a Dockerfile or a line of a program. */
export function setInLines(text: Field, names: Iterable<string>): TextAssignment[] {
  const lines = (textAt(text) ?? "").replace(COMMENT, "");
  return [...names].flatMap((name) =>
    lines.includes(name)
      ? [...valuesIn(lines, name)].map((value) => ({ name, ...literalOrSource(`${text.path} (${name})`, value) }))
      : [],
  );
}

function* valuesIn(lines: string, name: string): Generator<string> {
  const set = new RegExp(`${BEFORE}${name}["']?\\]?\\s*(?::=|=(?!=|~))[ \\t]*${VALUE}`, "gm");
  for (const [, value = ""] of lines.matchAll(set)) yield value;
  const given = new RegExp(`(?:^|[\\s;&|])(?:ENV|setenv|printf -v)\\s+${name}\\s+${VALUE}`, "gm");
  for (const [, value = ""] of lines.matchAll(given)) if (!value.startsWith("=")) yield value;
  if (new RegExp(`(?:\\bunset|\\s-u|--unset)[ =]+${name}\\b`).test(lines)) yield "";
}

function literalOrSource(path: string, value: string): { literal: Field; source: Field } {
  const plain = { path, value: value.replace(/^(["'])(.*)\1$/, "$2") };
  const nothing = { path, value: undefined };
  return FILLED_IN.test(value) ? { literal: nothing, source: plain } : { literal: plain, source: nothing };
}

/** Whether a text names a variable otherwise than to read it. */
export function speaksOf(text: string, name: string): boolean {
  const rest = text
    .replace(COMMENT, "")
    .replaceAll(new RegExp(`\\$[({]?${name}\\b|(?:env|environ)(?:\\.|\\[["']|\\.get\\(["'])${name}\\b`, "g"), "");
  return new RegExp(`(?<![\\w-])${name}(?![\\w-])`).test(rest);
}

// Every policy asks for the same texts, one resource after the other.
const REMEMBERED = 16;
const parsed = new Map<string, unknown>();

/** The data that a JSON or a YAML text holds, at the text's path; nothing where it is no such text, or a single value. */
export function dataIn(text: Field): Field | undefined {
  const held = textAt(text) ?? "";
  if (!parsed.has(held)) remember(held);
  const data = parsed.get(held);
  return typeof data === "object" && data !== null ? fieldOf(text.path, data) : undefined;
}

function remember(text: string): void {
  const [oldest] = parsed.keys();
  if (oldest !== undefined && parsed.size >= REMEMBERED) parsed.delete(oldest);
  parsed.set(text, /^\s*[[{]/.test(text) ? (fromJson(text) ?? fromYaml(text)) : fromYaml(text));
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

// A text that isn't YAML is read as lines; aliases are bounded by the library.
function fromYaml(text: string): unknown {
  if (!/[:[{-]/.test(text)) return undefined;
  try {
    const documents = text.split(/^---[ \t]*$/m).filter((part) => part.trim() !== "");
    const read = documents.map((part) => parseDocument(part, { uniqueKeys: false, logLevel: "silent" }));
    if (read.some(({ errors }) => errors.length > 0)) return undefined;
    const data = read.map((document): unknown => document.toJS());
    return data.length > 1 ? data.filter((one) => typeof one === "object") : data[0];
  } catch {
    return undefined;
  }
}
