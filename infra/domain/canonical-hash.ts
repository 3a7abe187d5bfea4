import { createHash } from "node:crypto";

/** sha256 over JSON with sorted keys: equal values have equal hashes, whatever the order of their keys. */
export function hashOf(value: unknown): string {
  return createHash("sha256").update(canonicalJson(value)).digest("hex");
}

/**
 * JSON with sorted keys. Keys that are array indexes come first, by number, as an object of JavaScript has them: the hashes
 * in records depend on it.
 */
export function canonicalJson(value: unknown): string {
  return textOf(value) ?? "null";
}

/** The text of a value; undefined for one that JSON leaves out. */
function textOf(value: unknown): string | undefined {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  let text = "";
  for (const [key, entry] of sorted(Object.entries(value))) {
    const inner = textOf(entry);
    if (inner !== undefined) text += `${text === "" ? "" : ","}${JSON.stringify(key)}:${inner}`;
  }
  return `{${text}}`;
}

const LAST_INDEX = 2 ** 32 - 2;

/** The entries of an object, which has its array indexes first already. */
function sorted(entries: [string, unknown][]): [string, unknown][] {
  if (isIndex(entries[0]?.[0])) {
    const first = entries.findIndex(([key]) => !isIndex(key));
    if (first < 0) return entries;
    return [...entries.slice(0, first), ...entries.slice(first).sort(byKey)];
  }
  return entries.sort(byKey);
}

function isIndex(key: string | undefined): boolean {
  return key !== undefined && /^(0|[1-9]\d{0,9})$/.test(key) && Number(key) <= LAST_INDEX;
}

function byKey([one]: [string, unknown], [other]: [string, unknown]): number {
  return one < other ? -1 : 1;
}
