import { EXIT, type Exit } from "../errors.ts";
import { type Bucket, openBucket, troubleWithBucket } from "./bucket.ts";
import { claimKey } from "./bucket-claims.ts";
import { addIfPossible, BY_STACK, changesOf } from "./by-stack.ts";
import { CALL_OFF, callOffText, parseCallOff } from "./call-off.ts";
import { verifyChain } from "./chain.ts";
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
} from "./events.ts";
import { thisProcess } from "./lease.ts";
import { markIfPossible, newsKey, newsText } from "./news.ts";
import {
  altered,
  checkedId,
  checkedPage,
  endsOf,
  eventsOf,
  headIn,
  INDEX,
  notNext,
  UNREADABLE_HEAD,
  unknownChange,
} from "./reading.ts";
import type { Redactor } from "./redaction/redact.ts";
import type { RecordStore } from "./store.ts";

/** Objects read at once. */
const AT_ONCE = 16;

const eventKey = (change: string, seq: number) => `${change}/events/${String(seq).padStart(6, "0")}.json`;
const seqOf = (key: string) => Number.parseInt(key.slice(key.lastIndexOf("/") + 1), 10);

/**
 * Opens a record store in a bucket: an object per event, `<change>/events/000001.json`, each put only where there is
 * none, with `head.json` and the pages beside them.
 */
export function openS3Store(url: string, redactor: Redactor): RecordStore {
  return bucketStore(url, openBucket(url), redactor);
}

/** A record store in a bucket that is open already. */
export function bucketStore(url: string, bucket: Bucket, redactor: Redactor): RecordStore {
  const guarded = async <T>(exit: Exit, act: () => Promise<T>): Promise<T> => {
    try {
      return await act();
    } catch (error) {
      throw troubleWithBucket(bucket.place, error, exit);
    }
  };
  const redacted = (draft: Draft): Draft => ({
    ...draft,
    step: draft.step === null ? null : redactor.text(draft.step),
    data: redactor.data(draft.data),
  });
  return {
    url,
    check: () =>
      guarded(EXIT.refused, async () => {
        await bucket.put(".probe", "The record store can be written.\n", "always");
      }),
    list: () => guarded(EXIT.refused, () => listChanges(bucket)),
    ofStack: (stack) =>
      guarded(EXIT.refused, async () => {
        const [changes, keys] = await Promise.all([listChanges(bucket), bucket.keys(BY_STACK)]);
        return changesOf(stack, {
          changes,
          entries: keys.map((key) => key.slice(BY_STACK.length + 1)),
          first: async (change) => {
            const stored = await bucket.get(eventKey(change, 1));
            return stored === null ? null : (eventsOf(change, [stored.text.replace(/\n$/, "")])[0] ?? null);
          },
          add: (entry) => addEntry(bucket, entry),
        });
      }),
    read: (change) =>
      guarded(EXIT.refused, async () => {
        const { lines } = await readRecord(bucket, checkedId(change));
        return eventsOf(change, lines);
      }),
    readAfter: (change, seq) =>
      guarded(EXIT.refused, async () => {
        const keys = await bucket.keys(`${checkedId(change)}/events`, eventKey(change, seq));
        const lines = await Promise.all(
          keys.map(async (key) => (await bucket.get(key))?.text.replace(/\n$/, "") ?? ""),
        );
        return eventsOf(change, lines);
      }),
    ends: (change) => guarded(EXIT.refused, () => readEnds(bucket, checkedId(change))),
    verify: (change) =>
      guarded(EXIT.refused, async () => {
        const { lines, head } = await readRecord(bucket, checkedId(change));
        return verifyChain(change, lines, head);
      }),
    open: (stack, at, data) =>
      guarded(EXIT.refused, async () => {
        const draft = redacted({ at: at.toISOString(), step: null, type: "opened", data: { ...data, stack } });
        const change = await openChange(bucket, at, draft);
        await addIfPossible((entry) => addEntry(bucket, entry), stack, change);
        await markIfPossible(() => bucket.put(newsKey(stack), newsText(), "always"));
        return change;
      }),
    append: (change, seq, draft) =>
      guarded(EXIT.stuck, () => appendEvent(bucket, checkedId(change), seq, redacted(draft))),
    putPage: (change, name, text) =>
      guarded(EXIT.stuck, async () => {
        const key = `${checkedId(change)}/${checkedPage(name)}`;
        await bucket.put(key, redactor.text(text), "always");
        return `${bucket.place}${key}`;
      }),
    putIndex: (text) =>
      guarded(EXIT.stuck, async () => {
        await bucket.put(INDEX, redactor.text(text), "always");
        return `${bucket.place}${INDEX}`;
      }),
    location: (change) =>
      guarded(EXIT.stuck, async () => {
        const page = `${checkedId(change)}/record.html`;
        return `${bucket.place}${(await bucket.has(page)) ? page : `${change}/`}`;
      }),
    askToCallOff: (change, asked) =>
      guarded(EXIT.refused, async () => {
        const text = callOffText({ ...asked, by: redactor.text(asked.by), reason: redactor.text(asked.reason) });
        await bucket.put(`${checkedId(change)}/${CALL_OFF}`, text, "absent");
      }),
    askedToCallOff: (change) =>
      guarded(EXIT.stuck, async () => {
        const stored = await bucket.get(`${checkedId(change)}/${CALL_OFF}`);
        return stored === null ? null : parseCallOff(stored.text);
      }),
    markNews: (stack) =>
      guarded(EXIT.refused, async () => void (await bucket.put(newsKey(stack), newsText(), "always"))),
    newsMark: (stack) => guarded(EXIT.refused, async () => (await bucket.get(newsKey(stack)))?.text ?? null),
    lease: (stack, { change, hasEnded }) =>
      guarded(EXIT.refused, async () =>
        claimKey(bucket, `.leases/${encodeURIComponent(stack)}.json`, thisProcess(change), hasEnded),
      ),
  };
}

async function listChanges(bucket: Bucket): Promise<string[]> {
  return (await bucket.folders("CHG-")).filter((id) => CHANGE_ID.test(id)).sort(byAge);
}

async function addEntry(bucket: Bucket, entry: string): Promise<void> {
  await bucket.put(`${BY_STACK}/${entry}`, "", "always");
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

async function readRecord(bucket: Bucket, change: string): Promise<{ lines: string[]; head: Head | null }> {
  const [keys, head] = await Promise.all([bucket.keys(`${change}/events`), headToShow(bucket, change)]);
  if (keys.length === 0 && head === null) throw unknownChange(bucket.place, change);
  const stored = new Map<number, string>();
  for (let first = 0; first < keys.length; first += AT_ONCE) {
    const read = async (key: string) => stored.set(seqOf(key), (await bucket.get(key))?.text.replace(/\n$/, "") ?? "");
    await Promise.all(keys.slice(first, first + AT_ONCE).map(read));
  }
  const last = Math.max(0, ...stored.keys());
  return { lines: Array.from({ length: last }, (_, index) => stored.get(index + 1) ?? ""), head };
}

/** Reads the first event and the newest: a long record's other objects are left alone. */
async function readEnds(bucket: Bucket, change: string): Promise<{ first: ChangeEvent; last: ChangeEvent }> {
  const head = await headToShow(bucket, change);
  const newest = (await bucket.keys(`${change}/events`, eventKey(change, Math.max(0, (head?.seq ?? 0) - 1)))).at(-1);
  const stored = await Promise.all([eventKey(change, 1), newest ?? eventKey(change, 1)].map((key) => bucket.get(key)));
  return endsOf(
    bucket.place,
    change,
    eventsOf(
      change,
      stored.flatMap((one) => one?.text.replace(/\n$/, "") ?? []),
    ),
  );
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
