import { inBatches } from "../domain/batches.ts";
import type { Bucket } from "./bucket.ts";
import { linesIn, parseLine } from "./chain.ts";
import type { Copy } from "./copies.ts";
import { type ChangeEvent, hashOfEvent, NO_HEAD } from "./events.ts";

/** Events of a whole bundle: as many as S3 lists keys in one answer. */
export const BUNDLED = 1_000;
/** Objects read at once. */
const AT_ONCE = 16;

/** Events of a record, from the first to the last of them. */
export interface Range {
  first: number;
  last: number;
}

/** Events that lie in one object as well. */
interface Bundle extends Range {
  key: string;
}

const folderOf = (change: string) => `${change}/bundles`;
const padded = (seq: number) => String(seq).padStart(6, "0");
const NAME = /\/bundles\/(\d+)-(\d+)\.jsonl$/;

function bundlesIn(keys: readonly string[]): Bundle[] {
  return keys.flatMap((key) => {
    const [, first, last] = NAME.exec(key) ?? [];
    return first === undefined || last === undefined ? [] : [{ key, first: Number(first), last: Number(last) }];
  });
}

/** The bundles to read: each goes on where the one before it ends, as far as the record does; the longer of two (pure). */
function chosenFrom(bundles: readonly Bundle[], end: number): Bundle[] {
  const chosen: Bundle[] = [];
  for (let next = 1; ; ) {
    const fitting = bundles.filter(({ first, last }) => first === next && last >= first && last <= end);
    const [longest] = fitting.sort((one, other) => other.last - one.last);
    if (longest === undefined) return chosen;
    chosen.push(longest);
    next = longest.last + 1;
  }
}

/** The bundle that an event ends, if it does (pure): every thousandth, and the last of a closed record. */
export function bundleEndedBy({ seq, type }: Pick<ChangeEvent, "seq" | "type">): Range | null {
  if (type !== "closed" && seq % BUNDLED !== 0) return null;
  return { first: seq - ((seq - 1) % BUNDLED), last: seq };
}

/** What bundles tell of a record: its first lines, and the hash of the last of them. */
export interface Bundled {
  lines: string[];
  hash: string;
}

/** The names of a record's bundles. */
export function listBundles(bucket: Bucket, change: string): Promise<string[]> {
  return bucket.keys(folderOf(change));
}

/** Reads a record's first events out of its bundles, up to `end` and as far as each follows on the one before it. */
export async function readBundles(
  bucket: Bucket,
  change: string,
  keys: readonly string[],
  end: number,
): Promise<Bundled> {
  const chosen = chosenFrom(bundlesIn(keys), end);
  const stored = await inBatches(chosen, AT_ONCE, ({ key }) => bucket.get(key));
  const lines: string[] = [];
  let { hash } = NO_HEAD;
  for (const [index, bundle] of chosen.entries()) {
    const own = linesIn(stored[index]?.text ?? "");
    const last = lastIfLinked(change, own, bundle, hash);
    if (last === null) break;
    for (const line of own) lines.push(line);
    hash = last.hash;
  }
  return { lines, hash };
}

/** The last event of a bundle, where the bundle has as many as it says and follows on an event's hash (pure); else null. */
function lastIfLinked(change: string, lines: readonly string[], { first, last }: Range, hash: string) {
  const ends = [parseLine(lines[0] ?? ""), parseLine(lines.at(-1) ?? "")];
  const [begin, end] = ends;
  if (!begin || !end || lines.length !== last - first + 1) return null;
  const isSound = ends.every((event) => event?.change === change && event.hash === hashOfEvent(event));
  return isSound && begin.seq === first && begin.prev === hash && end.seq === last ? end : null;
}

/**
 * Puts events into one object as well, so that the record is read with few requests; it is the same whoever puts it, and the first
 * that is put stays.
 * @param lineOf an event's line without its line end; empty where there is none
 */
export async function putBundle(
  bucket: Bucket,
  change: string,
  { first, last }: Range,
  lineOf: (seq: number) => Promise<string>,
): Promise<void> {
  const seqs = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  const lines = await inBatches(seqs, AT_ONCE, lineOf);
  if (lines.includes("")) return;
  const key = `${folderOf(change)}/${padded(first)}-${padded(last)}.jsonl`;
  await bucket.put(key, lines.map((line) => `${line}\n`).join(""), "absent");
}

/** A record's bundles, each beside the lines that it should have. */
export async function copiesIn(bucket: Bucket, change: string, lines: readonly string[]): Promise<Copy[]> {
  const bundles = bundlesIn(await listBundles(bucket, change));
  return inBatches(bundles, AT_ONCE, async ({ key, first, last }) => ({
    name: key.slice(change.length + 1),
    lines: linesIn((await bucket.get(key))?.text ?? ""),
    of: lines.slice(first - 1, last),
  }));
}
