import { parsedJson } from "../domain/json.ts";
import { type ChangeEvent, eventSchema, type Head, hashOfEvent, lineOf, NO_HEAD } from "./events.ts";

/** Something wrong with a record, and the event that it concerns. */
export interface Finding {
  seq: number;
  problem: string;
}

/** Reads one line; null where it is no event. */
export function parseLine(line: string): ChangeEvent | null {
  return eventSchema.safeParse(parsedJson(line)).data ?? null;
}

/** The complete lines of a text, without their line ends (pure). */
export function linesIn(text: string): string[] {
  return text.split("\n").slice(0, -1);
}

function findingAt(change: string, place: number, line: string, before: ChangeEvent | undefined): string | null {
  if (line === "") return "is missing";
  const event = parseLine(line);
  if (event === null) return "is not readable as an event";
  if (event.seq !== place) return `is missing or out of order: event ${event.seq} stands in its place`;
  if (event.change !== change) return `belongs to ${event.change}`;
  if (event.hash !== hashOfEvent(event)) return "was changed: its content doesn't have the hash that it carries";
  if (`${line}\n` !== lineOf(event)) return "was changed: it is not written as the store writes it";
  const prev = place === 1 ? NO_HEAD.hash : before?.hash;
  if (prev !== undefined && event.prev !== prev) {
    return place === 1
      ? "was changed: it claims an event before it"
      : `doesn't follow on event ${place - 1}: one of the two was replaced`;
  }
  return null;
}

/**
 * Checks a record's chain: every event unchanged, in its place, and none cut off at the end.
 * @param lines the record's complete lines, without their line ends
 * @param head what the store kept beside them; null where that is missing or unreadable
 * @returns what is wrong, by event; nothing more is said after an event that is out of order
 */
export function verifyChain(change: string, lines: readonly string[], head: Head | null): Finding[] {
  const findings: Finding[] = [];
  for (const [index, line] of lines.entries()) {
    const place = index + 1;
    const before = index === 0 ? undefined : (parseLine(lines[index - 1] ?? "") ?? undefined);
    const problem = findingAt(change, place, line, before);
    if (problem === null) continue;
    findings.push({ seq: place, problem });
    if (problem.startsWith("is missing or")) return findings;
  }
  return [...findings, ...headFindings(lines, head)];
}

function headFindings(lines: readonly string[], head: Head | null): Finding[] {
  if (head === null)
    return [{ seq: lines.length, problem: "can't be known to be the last: the head is missing or unreadable" }];
  if (head.seq > lines.length) {
    const last = head.seq === lines.length + 1 ? "" : ` to ${head.seq}`;
    return [{ seq: lines.length + 1, problem: `was cut off: the head names event ${lines.length + 1}${last}` }];
  }
  const named = head.seq === 0 ? null : parseLine(lines[head.seq - 1] ?? "");
  if (named !== null && named.hash !== head.hash) {
    return [{ seq: head.seq, problem: "was replaced: the head has another hash for it" }];
  }
  return [];
}
