import { z } from "zod";
import { hashOf } from "../domain/canonical-hash.ts";
import type { Json } from "../domain/json.ts";

/** What an event carries: JSON, and never a secret's value. */
export type EventData = Record<string, Json>;

const eventData = z.record(z.string(), z.json());
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** One line of a change's record. */
export const eventSchema = z.strictObject({
  /** 1 for the first event of a change, then without a gap. */
  seq: z.int().min(1),
  at: z.iso.datetime(),
  change: z.string(),
  step: z.string().nullable(),
  type: z.string().min(1),
  data: eventData,
  /** The hash of the event before; of the first event, zeros. */
  prev: sha256,
  /** sha256 of the canonical JSON of everything above. */
  hash: sha256,
});

export type ChangeEvent = z.infer<typeof eventSchema>;

/** What a runner writes down. A record of a newer program may hold others: they only tell a story. */
export const EVENT_TYPES = [
  "abort-requested",
  "admission",
  "adopting",
  "announced",
  "approved",
  "calling",
  "captured",
  "cleaned",
  "closed",
  "engine-started",
  "failed",
  "gate",
  "invariants",
  "lock-broken",
  "look",
  "moved",
  "note",
  "opened",
  "orphans",
  "pending-cleared",
  "pending-left",
  "planned",
  "post-incident",
  "previewed",
  "read-back",
  "refused",
  "requests-begun",
  "requests-made",
  "restarting",
  "restore-started",
  "restored",
  "resume-requested",
  "round",
  "sampled",
  "settled",
  "standing",
  "step-finished",
  "step-started",
  "stuck",
  "task-done",
  "telling",
  "undone",
  "unwatched",
  "update-failed",
  "updated",
  "updating",
  "waiting",
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** What a writer gives; the chain adds the rest. */
export interface Draft {
  /** ISO 8601 in UTC. */
  at: string;
  step: string | null;
  type: string;
  data: EventData;
}

/** What the next event follows on: kept beside the events, so that a cut end is noticed. */
export const headSchema = z.strictObject({
  seq: z.int().min(0),
  hash: sha256,
  at: z.iso.datetime(),
  /** Bytes of the record up to and with this event. */
  size: z.int().min(0),
});

export type Head = z.infer<typeof headSchema>;

/** The head of a record that has no event yet. */
export const NO_HEAD: Head = { seq: 0, hash: "0".repeat(64), at: new Date(0).toISOString(), size: 0 };

/** A change's id: the UTC day and a number that begins at 001 each day. */
export const CHANGE_ID = /^CHG-\d{4}-\d{2}-\d{2}-\d{3,}$/;

/** The id of the n-th change of a day. */
export function changeId(day: Date, number: number): string {
  return `CHG-${day.toISOString().slice(0, 10)}-${String(number).padStart(3, "0")}`;
}

/** The number that follows all those of the day. */
export function nextNumber(day: Date, ids: readonly string[]): number {
  const prefix = changeId(day, 1).slice(0, -3);
  const taken = ids.filter((id) => id.startsWith(prefix)).map((id) => Number(id.slice(prefix.length)));
  return Math.max(0, ...taken) + 1;
}

/** Sorts ids by day and number, whatever the number's width. */
export function byAge(one: string, other: string): number {
  const order = one.slice(0, 14).localeCompare(other.slice(0, 14));
  return order !== 0 ? order : Number(one.slice(15)) - Number(other.slice(15));
}

/** The text of an event in its file: one line. */
export function lineOf(event: ChangeEvent): string {
  return `${JSON.stringify(event)}\n`;
}

/** A line's beginning as `lineOf` writes it, up to the type: the rest, most of a long record, needn't be read for that. */
const BEGINNING = /^\{"seq":\d+,"at":"[^"\\]*","change":"[^"\\]*","step":(?:null|"(?:[^"\\]|\\.)*"),"type":"([^"\\]*)"/;

/** The type of the event in a line as the store writes it (pure); null where it begins otherwise. */
export function typeIn(line: string): string | null {
  return BEGINNING.exec(line)?.[1] ?? null;
}

function withNote(data: EventData, note: string): EventData {
  const earlier = typeof data.note === "string" ? `${data.note}; ` : "";
  return { ...data, note: `${earlier}${note}` };
}

/** What was written into an event, without what the store noted beside it, such as that the clock had gone back (pure). */
export function writtenIn({ data: { note: _, ...written } }: Pick<ChangeEvent, "data">): EventData {
  return written;
}

/**
 * Chains a draft to the head. Time never runs backwards in a record: where the clock has been set back, the event
 * takes the time of the one before and notes what the clock said.
 */
export function seal(change: string, head: Head, draft: Draft, notes: readonly string[] = []): ChangeEvent {
  const before = draft.at < head.at;
  const remarks = before ? [...notes, `the clock had gone back to ${draft.at}`] : notes;
  const data = eventData.parse(remarks.reduce(withNote, draft.data));
  const at = before ? head.at : draft.at;
  const unsealed = { seq: head.seq + 1, at, change, step: draft.step, type: draft.type, data, prev: head.hash };
  return eventSchema.parse({ ...unsealed, hash: hashOf(unsealed) });
}

/** The head after an event whose line ends at `size`. */
export function headAfter(event: ChangeEvent, size: number): Head {
  return { seq: event.seq, hash: event.hash, at: event.at, size };
}

/** The hash that an event should carry. */
export function hashOfEvent({ hash: _, ...unsealed }: ChangeEvent): string {
  return hashOf(unsealed);
}
