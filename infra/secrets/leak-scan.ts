import { type Encoding, formsOf, secretParts } from "./encodings.ts";

/** A secret to look for. */
export interface Sought {
  /** What a finding calls it, such as `REDIS_URL g2`. */
  name: string;
  value: string;
}

/** A text to look through, and where it is from: a pod's log, an event, a file. */
export interface Scanned {
  place: string;
  text: string;
}

/** Where a secret stands, in which encoding; never what it is. */
export interface Leak {
  secret: string;
  place: string;
  /** The first one, from 1. */
  line: number;
  encoding: Encoding;
}

interface Search {
  secret: string;
  pattern: RegExp;
  nameOf(match: string): Encoding;
}

function searchesFor({ name, value }: Sought): Search[] {
  return secretParts(value).flatMap((part) =>
    formsOf(part).map(({ pattern, nameOf }) => ({ secret: name, pattern: new RegExp(pattern, "gu"), nameOf })),
  );
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split("\n").length;
}

/**
 * Prepares a search for secrets: raw, percent-encoded, JSON-escaped, base64 and base64url at every offset, hexadecimal; whole and in
 * their parts (a URL's password, a ring's keys). The function returned finds each secret once a place and encoding, with the first line (pure).
 */
export function leakScan(sought: readonly Sought[]): (texts: readonly Scanned[]) => Leak[] {
  const searches = sought.flatMap(searchesFor);
  return (texts) => {
    const found = new Map<string, Leak>();
    for (const { place, text } of texts) {
      for (const { secret, pattern, nameOf } of searches) {
        for (const match of text.matchAll(pattern)) {
          const encoding = nameOf(match[0]);
          const key = JSON.stringify([secret, place, encoding]);
          if (!found.has(key)) found.set(key, { secret, place, line: lineAt(text, match.index), encoding });
        }
      }
    }
    return [...found.values()];
  };
}

/** A leak in one line, for people. */
export function leakInWords({ secret, place, line, encoding }: Leak): string {
  return `${secret} stands in ${place}, line ${line}, ${encoding}`;
}
