import { inBatches } from "../domain/batches.ts";
import { type Bucket, openBucket, type Stored, troubleWithBucket } from "./bucket.ts";
import { claimKey } from "./bucket-claims.ts";
import { bundleEndedBy, copiesIn, listBundles, putBundle, readBundles } from "./bundles.ts";
import { BY_STACK } from "./by-stack.ts";
import { parseLine } from "./chain.ts";
import {
  byAge,
  CHANGE_ID,
  type ChangeEvent,
  changeId,
  type Draft,
  type Head,
  headAfter,
  lineOf,
  NO_HEAD,
  nextNumber,
  seal,
  typeIn,
} from "./events.ts";
import { altered, endsOf, eventsOf, headIn, notNext, UNREADABLE_HEAD } from "./reading.ts";
import type { Redactor } from "./redaction/redact.ts";
import type { RecordStore } from "./store.ts";
import { type Contents, type Medium, storeOn } from "./store-on.ts";

/** Objects read at once. */
const AT_ONCE = 16;

const eventKey = (change: string, seq: number) => `${change}/events/${String(seq).padStart(6, "0")}.json`;
const seqOf = (key: string) => Number.parseInt(key.slice(key.lastIndexOf("/") + 1), 10);

/**
 * Opens a record store in a bucket: an object per event, `<change>/events/000001.json`, each put only where there is
 * none, with `head.json` and the pages beside them. What is written is copied to `<change>/bundles/`, a thousand events an object,
 * so that a long record is read with few requests.
 */
export function openS3Store(url: string, redactor: Redactor): RecordStore {
  return bucketStore(url, openBucket(url), redactor);
}

/** A record store in a bucket that is open already. */
export function bucketStore(url: string, bucket: Bucket, redactor: Redactor): RecordStore {
  return storeOn(url, bucketMedium(bucket), redactor);
}

const eventIn = (stored: Stored | null): string => stored?.text.replace(/\n$/, "") ?? "";

function bucketMedium(bucket: Bucket): Medium {
  const recent = new Map<string, string>();
  return {
    place: bucket.place,
    at: (key) => `${bucket.place}${key}`,
    trouble: (error, exit) => troubleWithBucket(bucket.place, error, exit),
    probe: () => bucket.put(".probe", "The record store can be written.\n", "always"),
    get: async (key) => (await bucket.get(key))?.text ?? null,
    has: (key) => bucket.has(key),
    put: (key, text, when) => bucket.put(key, text, when),
    list: () => listChanges(bucket),
    async indexed() {
      const [changes, keys] = await Promise.all([listChanges(bucket), bucket.keys(BY_STACK)]);
      return { changes, entries: keys.map((key) => key.slice(BY_STACK.length + 1)) };
    },
    async first(change) {
      const stored = await bucket.get(eventKey(change, 1));
      return stored === null ? null : (eventsOf(change, [eventIn(stored)])[0] ?? null);
    },
    contents: (change) => readRecord(bucket, change),
    async originals(change) {
      const [lines, head] = await Promise.all([readSingly(bucket, change, 0), headToShow(bucket, change)]);
      const copies = await copiesIn(bucket, change, lines);
      return lines.length === 0 && head === null ? null : { lines, head, copies };
    },
    async readAfter(change, seq) {
      const keys = await bucket.keys(`${change}/events`, eventKey(change, seq));
      return eventsOf(change, await Promise.all(keys.map(async (key) => eventIn(await bucket.get(key)))));
    },
    ends: (change) => readEnds(bucket, change),
    open: (at, draft) => openChange(bucket, at, draft),
    async append(change, seq, draft) {
      const event = await appendEvent(bucket, change, seq, draft);
      await bundleIfPossible(bucket, event, recent);
      return event;
    },
    claim: (name, holder, hasEnded) => claimKey(bucket, `.leases/${name}.json`, holder, hasEnded),
  };
}

async function listChanges(bucket: Bucket): Promise<string[]> {
  return (await bucket.folders("CHG-")).filter((id) => CHANGE_ID.test(id)).sort(byAge);
}

async function readHead(bucket: Bucket, change: string): Promise<Head | "unreadable" | null> {
  const stored = await bucket.get(`${change}/head.json`);
  return stored === null ? null : headIn(stored.text);
}

/** The head where it can be read: whoever only looks does so without it. */
async function headToShow(bucket: Bucket, change: string): Promise<Head | null> {
  const read = await readHead(bucket, change);
  return read === "unreadable" ? null : read;
}

/** The lines after an event, each from its own object; empty where there is none. */
async function readSingly(bucket: Bucket, change: string, after: number): Promise<string[]> {
  const keys = await bucket.keys(`${change}/events`, eventKey(change, after));
  const read = async (key: string) => [seqOf(key), eventIn(await bucket.get(key))] as const;
  const stored = new Map(await inBatches(keys, AT_ONCE, read));
  const last = Math.max(after, ...stored.keys());
  return Array.from({ length: last - after }, (_, index) => stored.get(after + index + 1) ?? "");
}

/** Reads a record from its bundles and what they don't have yet; from its single events alone where the two don't fit together. */
async function readRecord(bucket: Bucket, change: string): Promise<Contents | null> {
  const [keys, head] = await Promise.all([listBundles(bucket, change), headToShow(bucket, change)]);
  // Without a head, nothing says that a bundle's end is one.
  const bundled = await readBundles(bucket, change, keys, head?.seq ?? 0);
  const known = bundled.lines.length;
  const single = await readSingly(bucket, change, known);
  const [next] = single;
  const follows = next === undefined ? head?.hash : parseLine(next)?.prev;
  if (known > 0 && follows !== bundled.hash) return { lines: await readSingly(bucket, change, 0), head };
  if (known + single.length === 0 && head === null) return null;
  const lines = [...bundled.lines, ...single];
  await bundleMissing(bucket, change, lines, known);
  return { lines, head };
}

/**
 * Makes up for the bundles that a killed writer, or one of an earlier version, didn't put. They only save requests: a reader without the
 * right to write goes without.
 */
async function bundleMissing(bucket: Bucket, change: string, lines: readonly string[], after: number): Promise<void> {
  const due = lines
    .slice(after)
    .flatMap((line, index) => bundleEndedBy({ seq: after + index + 1, type: typeIn(line) ?? "" }) ?? []);
  try {
    for (const range of due) await putBundle(bucket, change, range, async (seq) => lines[seq - 1] ?? "");
  } catch {
    // The events themselves are whole.
  }
}

/**
 * Bundles the events that one of them ends, if it does. It is durable already, so what goes wrong here stops nobody: the next
 * who reads the record makes up for it.
 * @param recent the events that this process has put since the last bundle, by key: they needn't be read
 */
async function bundleIfPossible(bucket: Bucket, event: ChangeEvent, recent: Map<string, string>): Promise<void> {
  const { change, seq } = event;
  recent.set(eventKey(change, seq), JSON.stringify(event));
  const range = bundleEndedBy(event);
  if (range === null) return;
  const lineAt = async (one: number) => {
    const key = eventKey(change, one);
    return recent.get(key) ?? eventIn(await bucket.get(key));
  };
  await putBundle(bucket, change, range, lineAt).catch(() => undefined);
  for (let one = range.first; one <= range.last; one += 1) recent.delete(eventKey(change, one));
}

/** Reads the first event and the newest: a long record's other objects are left alone. */
async function readEnds(bucket: Bucket, change: string): Promise<{ first: ChangeEvent; last: ChangeEvent }> {
  const head = await headToShow(bucket, change);
  const newest = (await bucket.keys(`${change}/events`, eventKey(change, Math.max(0, (head?.seq ?? 0) - 1)))).at(-1);
  const stored = await Promise.all([eventKey(change, 1), newest ?? eventKey(change, 1)].map((key) => bucket.get(key)));
  const lines = stored.flatMap((one) => (one === null ? [] : eventIn(one)));
  return endsOf(bucket.place, change, eventsOf(change, lines));
}

/**
 * The head to follow on: the stored one may be behind by what was written when a runner was killed.
 * @throws Refusal (exit 70) where it can't be read, or the event that it names is gone
 */
async function currentHead(bucket: Bucket, change: string): Promise<Head> {
  const read = await readHead(bucket, change);
  if (read === "unreadable") throw altered(change, [UNREADABLE_HEAD]);
  const stored = read ?? NO_HEAD;
  const newest = (await bucket.keys(`${change}/events`, eventKey(change, Math.max(0, stored.seq - 1)))).at(-1);
  if (newest === undefined && stored.seq > 0) throw altered(change, [`event ${stored.seq} is missing`]);
  if (newest === undefined || seqOf(newest) === stored.seq) return stored;
  const [last] = eventsOf(change, [(await bucket.get(newest))?.text ?? ""]);
  return last === undefined ? stored : headAfter(last, 0);
}

/** Puts an event where there is none, then notes it as the last. */
async function putEvent(bucket: Bucket, event: ChangeEvent): Promise<"put" | "taken"> {
  const etag = await bucket.put(eventKey(event.change, event.seq), lineOf(event), "absent");
  if (etag === null) return "taken";
  await bucket.put(`${event.change}/head.json`, JSON.stringify(headAfter(event, 0)), "always");
  return "put";
}

async function appendEvent(bucket: Bucket, change: string, seq: number, draft: Draft): Promise<ChangeEvent> {
  const head = await currentHead(bucket, change);
  if (seq !== head.seq + 1) throw notNext(change, seq, head.seq);
  const event = seal(change, head, draft);
  if ((await putEvent(bucket, event)) === "taken") throw notNext(change, seq, seq);
  return event;
}

/** Whoever puts the first event of the day's next number has that number. */
async function openChange(bucket: Bucket, at: Date, draft: Draft): Promise<string> {
  const taken = await bucket.folders(changeId(at, 1).slice(0, -3));
  for (let number = nextNumber(at, taken); ; number += 1) {
    const change = changeId(at, number);
    if ((await putEvent(bucket, seal(change, NO_HEAD, draft))) === "put") return change;
  }
}
