import { z } from "zod";
import type { Json } from "../../domain/json.ts";
import type { ChangeEvent } from "../../records/events.ts";
import { callOf, type Data, dataOf } from "./event-data.ts";
import type { Place } from "./looks.ts";

const resource = z.object({
  op: z.string(),
  type: z.string(),
  name: z.string(),
  properties: z.array(z.object({ path: z.string(), before: z.string(), after: z.string() })).default([]),
});
const updated = z.object({
  changes: z.record(z.string(), z.number()).default({}),
  diff: z.array(resource).default([]),
});

/** What one stack update changed. */
export interface Diff extends Place {
  /** the count of resources by operation, in words */
  counts: string;
  resources: z.infer<typeof resource>[];
}

function countsIn(changes: Readonly<Record<string, number>>): string {
  const words = Object.entries(changes).map(([op, count]) => `${op} ${count}`);
  return words.length === 0 ? "no count was recorded" : words.join(", ");
}

/** What every stack update changed (pure). */
export function diffsIn(events: readonly ChangeEvent[]): Diff[] {
  return events.flatMap((event) => {
    const parsed = event.type === "updated" ? updated.safeParse(event.data) : null;
    if (!parsed?.success) return [];
    const { seq, at, step } = event;
    return [{ seq, at, step, counts: countsIn(parsed.data.changes), resources: parsed.data.diff }];
  });
}

/** Somebody's word on whether the change may go on. */
export interface Approval extends Place {
  type: string;
  said: string;
}

const APPROVAL = /approv|admission|overrid|window/i;

/** The scalar parts of an event's data as `name: value`, for events that no one has words for (pure). */
export function saidIn(data: Readonly<Record<string, Json>>): string {
  const parts = Object.entries(data).flatMap(([name, value]) => {
    if (value === null || value === "") return [];
    if (Array.isArray(value)) return value.length === 0 ? [] : [`${name}: ${value.map(inWords).join(", ")}`];
    return typeof value === "object" ? [] : [`${name}: ${inWords(value)}`];
  });
  return parts.join("; ");
}

function inWords(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Approvals, overrides and what windows said, whatever the event is called (pure). */
export function approvalsIn(events: readonly ChangeEvent[]): Approval[] {
  return events
    .filter(({ type }) => APPROVAL.test(type))
    .map(({ seq, at, step, type, data }) => ({ seq, at, step, type, said: saidIn(data) }));
}

/** How telling one channel went, and when. */
export type Telling = Data["announced"]["deliveries"][number] & { at: string; tries: number };

/** How telling each channel went (pure). */
export function tellingsIn(events: readonly ChangeEvent[]): Telling[] {
  return events.flatMap((event) => {
    const deliveries = (dataOf("announced", event) ?? callOf(event))?.deliveries ?? [];
    return deliveries.map((delivery) => ({ ...delivery, at: event.at, tries: delivery.tries ?? 1 }));
  });
}
