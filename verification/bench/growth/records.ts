import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { entryOf } from "../../../infra/records/by-stack.ts";
import {
  type ChangeEvent,
  changeId,
  type Draft,
  headAfter,
  lineOf,
  NO_HEAD,
  seal,
} from "../../../infra/records/events.ts";

const DAY = 86_400_000;
const FIRST_DAY = Date.parse("2020-01-01T09:00:00Z");
/** Changes of a day in the made records. */
const A_DAY = 9;

/** A change's events, each of them chained to the one before it (pure). */
export function chained(change: string, at: Date, drafts: readonly Omit<Draft, "at">[]): ChangeEvent[] {
  let head = NO_HEAD;
  return drafts.map((draft) => {
    const event = seal(change, head, { at: at.toISOString(), ...draft });
    head = headAfter(event, head.size + Buffer.byteLength(lineOf(event)));
    return event;
  });
}

/** A record of so many events: a change of the stack that was opened, noted upon and closed (pure). */
export function madeRecord(index: number, stack: string, events: number): ChangeEvent[] {
  const day = new Date(FIRST_DAY + Math.floor(index / A_DAY) * DAY);
  const change = changeId(day, 1 + (index % A_DAY));
  const drafts = Array.from({ length: events }, (_, index) => {
    const type = index === 0 ? "opened" : index === events - 1 ? "closed" : "note";
    const data = {
      opened: { stack, runbook: "deploy", onCall: "Ada", startedBy: "Ada" },
      closed: { exit: 0, outcome: "done", summary: "" },
      note: { text: "a note" },
    }[type];
    return { step: null, type, data: { ...data } };
  });
  return chained(change, day, drafts);
}

/** Puts a record into a folder as a file store does, with its entry in the index. */
export async function putInFolder(root: string, record: readonly ChangeEvent[]): Promise<void> {
  const [first, last] = [record[0], record.at(-1)];
  if (first === undefined || last === undefined) return;
  const folder = join(root, first.change);
  const lines = record.map(lineOf).join("");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "events.jsonl"), lines);
  await writeFile(join(folder, "head.json"), JSON.stringify(headAfter(last, Buffer.byteLength(lines))));
  const stack = String(first.data.stack);
  await mkdir(join(root, ".stacks", stack), { recursive: true });
  await writeFile(join(root, ".stacks", entryOf(stack, first.change)), "");
}

/** Puts a record into a bucket's objects as the store of S3 does. */
export function putInBucket(texts: Map<string, string>, record: readonly ChangeEvent[]): void {
  for (const event of record) {
    texts.set(`${event.change}/events/${String(event.seq).padStart(6, "0")}.json`, lineOf(event));
    texts.set(`${event.change}/head.json`, JSON.stringify(headAfter(event, 0)));
    if (event.seq === 1) texts.set(`.stacks/${entryOf(String(event.data.stack), event.change)}`, "");
  }
}
