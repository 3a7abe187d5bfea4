import { type Encoding, findSecret, formsOf, type SoughtForms, searchedText } from "./find.ts";
import { secretParts } from "./secret-parts.ts";

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

/**
 * Prepares a search for secrets in every form that `findSecret` knows, whole and in their parts (a URL's password, a ring's keys). The function
 * returned finds each secret once a place and encoding, with the first line (pure).
 */
export function leakScan(sought: readonly Sought[]): (texts: readonly Scanned[]) => Leak[] {
  const forms = sought.flatMap(({ name, value }) => secretParts(value).map((part) => ({ name, part: formsOf(part) })));
  return (texts) => texts.flatMap(({ place, text }) => leaksIn(text, forms).map((leak) => ({ ...leak, place })));
}

function leaksIn(text: string, forms: readonly { name: string; part: SoughtForms }[]): Omit<Leak, "place">[] {
  const searched = searchedText(text);
  const first = new Map<string, { secret: string; encoding: Encoding; start: number }>();
  for (const { name, part } of forms) {
    for (const { start, encoding } of findSecret(searched, part)) {
      const key = JSON.stringify([name, encoding]);
      if (start < (first.get(key)?.start ?? Number.POSITIVE_INFINITY))
        first.set(key, { secret: name, encoding, start });
    }
  }
  return [...first.values()].map(({ secret, encoding, start }) => {
    return { secret, encoding, line: text.slice(0, start).split("\n").length };
  });
}

/** A leak in one line, for people. */
export function leakInWords({ secret, place, line, encoding }: Leak): string {
  return `${secret} is in ${place}, line ${line}, ${encoding}`;
}
