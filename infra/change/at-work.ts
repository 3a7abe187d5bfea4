import { z } from "zod";
import type { ChangeEvent } from "../records/events.ts";

/** What is written by others than a runner at work, or when it begins. */
const NOT_AT_WORK = new Set(["unwatched", "approved", "resume-requested", "note"]);
/** So many intervals without an event, beside the longest that a look may take to its first verdict, and no runner is at work. */
const INTERVALS = 2;
/** A source of counters that doesn't answer is given up after ten seconds a try, in milliseconds. */
const LONGEST_LOOK = 30_000;

/** A spell in which no runner was at work on a change; times in milliseconds since the epoch. */
interface Gap {
  from: number;
  to: number;
}

/** When a runner was at work on a change, as far as its record tells. */
export interface AtWork {
  /** milliseconds between two looks at the gates; null where the record doesn't say: then no spell counts as a gap */
  interval: number | null;
  /** the last event that a runner at work has written */
  lastAt: number | null;
  gaps: readonly Gap[];
}

export const NOBODY_YET: AtWork = { interval: null, lastAt: null, gaps: [] };

const plannedData = z.object({ timing: z.object({ interval: z.number() }) });

/** Whether an event was written by a runner at work (pure). */
export function isAtWork({ type }: Pick<ChangeEvent, "type">): boolean {
  return !NOT_AT_WORK.has(type);
}

/** Takes one event into account; what was before a step has settled matters to no gate (pure). */
export function withEvent(
  { interval, lastAt, gaps }: AtWork,
  event: Pick<ChangeEvent, "type" | "at" | "data">,
): AtWork {
  if (!isAtWork(event)) return { interval, lastAt, gaps };
  const at = Date.parse(event.at);
  if (event.type === "settled") return { interval, lastAt: at, gaps: [] };
  if (event.type === "planned") {
    return { interval: plannedData.safeParse(event.data).data?.timing.interval ?? null, lastAt: at, gaps };
  }
  const isGap = interval !== null && lastAt !== null && at - lastAt > INTERVALS * interval + LONGEST_LOOK;
  return { interval, lastAt: at, gaps: isGap ? [...gaps, { from: lastAt, to: at }] : gaps };
}

/**
 * How long a step was looked at between two times, in milliseconds (pure). A gap counts as one interval and no more, so that a runner that
 * takes a change up late looks as often as one that stayed, and one interval at least, so that looks with a gap after each of them come to
 * an end as well.
 */
export function watchedFor({ gaps }: Pick<AtWork, "gaps">, interval: number, from: number, to: number): number {
  const unwatched = gaps.map((gap) => Math.max(0, Math.min(gap.to, to) - Math.max(gap.from, from) - interval));
  return to - from - unwatched.reduce((sum, one) => sum + one, 0);
}
