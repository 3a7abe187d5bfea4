import { parsedJson } from "../domain/json.ts";
import { badInput, busy, needsPerson, type Refusal } from "../errors.ts";
import { parseLine } from "./chain.ts";
import { CHANGE_ID, type ChangeEvent, type Head, headSchema } from "./events.ts";

/** The change's id where it is one. */
export function checkedId(change: string): string {
  if (CHANGE_ID.test(change)) return change;
  throw badInput(`"${change}" is not a change's id: write for example CHG-2026-11-22-001`);
}

const PAGE = /^[a-z][a-z0-9-]*\.(md|html)$/;

/** The page's name where it is one. */
export function checkedPage(name: string): string {
  if (PAGE.test(name)) return name;
  throw badInput(`"${name}" is not a page's name: write for example record.html`);
}

/** The name of the page of all changes. */
export const INDEX = "index.html";

/**
 * The first event of a record and its last.
 * @throws Refusal (exit 2) where it has none
 */
export function endsOf(
  place: string,
  change: string,
  events: readonly ChangeEvent[],
): { first: ChangeEvent; last: ChangeEvent } {
  const [first, last] = [events[0], events.at(-1)];
  if (first === undefined || last === undefined) throw unknownChange(place, change);
  return { first, last };
}

/** A head's text read; it is written whole or not at all, so that one that can't be read was altered (pure). */
export function headIn(text: string): Head | "unreadable" {
  return headSchema.safeParse(parsedJson(text)).data ?? "unreadable";
}

/** What is said of such a head: without it, an event that was cut off would not be missed. */
export const UNREADABLE_HEAD = "head.json, which names the last event, can't be read";

/** The refusal of a change that a store doesn't have. */
export function unknownChange(place: string, change: string): Refusal {
  return badInput(`${change}: there is no such change in ${place}: \`runbook records list\` shows those that are`);
}

/**
 * Reads a record's lines.
 * @throws Refusal (exit 70) that names the first which can't be read
 */
export function eventsOf(change: string, lines: readonly string[]): ChangeEvent[] {
  return lines.map((line, index) => {
    const event = parseLine(line);
    if (event !== null) return event;
    throw needsPerson(`${change}: event ${index + 1} can't be read: \`runbook records verify ${change}\` says more`);
  });
}

/** The refusal of an event that doesn't follow on the last. */
export function notNext(change: string, seq: number, last: number): Refusal {
  return busy(
    `${change}: event ${seq} can't be written, the record ends with event ${last}: another runner is at work on this change`,
  );
}

/** The refusal to write to a record that was tampered with. */
export function altered(change: string, problems: readonly string[]): Refusal {
  return needsPerson(
    ...problems,
    `records: the record of ${change} was altered, so nothing more is written to it: check it with \`runbook records verify ${change}\`, and restore it from a copy`,
  );
}
