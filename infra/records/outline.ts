import { linesIn, parseLine } from "./chain.ts";
import { type ChangeEvent, hashOfEvent, typeIn } from "./events.ts";

/** The name of a closed record's outline in a change's folder. */
export const OUTLINE = "outline.jsonl";

/** What a change saw and waited for: tens of thousands of events where a service watches it for days, and nothing that it did. */
const SEEN = new Set(["gate", "look", "requests-begun", "requests-made", "round", "sampled", "waiting"]);

/** The lines of what a change did, without those of what it saw and waited for meanwhile, in their order (pure). */
export function outlineOf(lines: readonly string[]): string[] {
  return lines.filter((line) => !SEEN.has(typeIn(line) ?? ""));
}

/** What is kept beside a record once it is closed: its outline up to that event; nothing of one that is open (pure). */
export function keptOutline(lines: readonly string[]): string[] {
  const outline = outlineOf(lines);
  return outline.slice(0, outline.findIndex((line) => typeIn(line) === "closed") + 1);
}

/**
 * The events of an outline that was kept (pure); null where it isn't whole, or an event in it doesn't have the hash that it carries:
 * then the record itself has to be read.
 */
export function outlineIn(change: string, text: string): ChangeEvent[] | null {
  const lines = linesIn(text);
  const events = lines.flatMap((line) => parseLine(line) ?? []);
  const isSound = (event: ChangeEvent, index: number): boolean => {
    const before = events[index - 1];
    const isNext = before === undefined ? event.seq === 1 : event.seq > before.seq;
    return isNext && event.change === change && event.hash === hashOfEvent(event);
  };
  const isWhole = text.endsWith("\n") && events.length === lines.length && events.at(-1)?.type === "closed";
  return isWhole && events.every(isSound) ? events : null;
}
