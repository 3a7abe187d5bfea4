import { Temporal } from "temporal-polyfill";
import { z } from "zod";
import { instantsOf, isTimeZone, transitionsIn, type WallTime, wallTimeAt } from "./wall-clock.ts";

const DAY = 86_400_000;
/** How far ahead an opening is looked for: beyond it a calendar is as good as closed. */
const HORIZON_DAYS = 400;

export const WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] as const;
export type Weekday = (typeof WEEKDAYS)[number];

const timeOfDay = z
  .string()
  .regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, `write a time of day such as "09:00", in quotes; "24:00" ends a day`);
const LOCAL = /^\d{4}-\d{2}-\d{2}(T([01]\d|2[0-3]):[0-5]\d)?$/;
const localTime = z
  .string()
  .regex(LOCAL, `write a day such as "2026-12-20", or with a time "2026-12-20T18:00", in quotes`)
  .refine((local) => !LOCAL.test(local) || isReal(local), "there is no such day: look at the calendar");

const windowSchema = z
  .strictObject({ days: z.array(z.enum(WEEKDAYS)).min(1), from: timeOfDay, to: timeOfDay })
  .refine(({ from, to }) => from !== to && from !== "24:00", {
    path: ["from"],
    error: `opens when it closes: write "00:00" and "24:00" for a whole day`,
  });

const freezeSchema = z
  .strictObject({ name: z.string().trim().min(1), from: localTime, to: localTime })
  .refine(({ from, to }) => !isReal(from) || !isReal(to) || isBefore(startOf(from), endOf(to)), {
    path: ["to"],
    error: "is before the freeze begins: write the later time",
  });

/** When changes may begin: in a window, where there are any, and in no freeze. All times are the zone's wall clock. */
export const calendarSchema = z.strictObject({
  timeZone: z.string().refine(isTimeZone, `is no time zone: write an IANA name such as "Europe/Dublin" or "UTC"`),
  windows: z.array(windowSchema).default([]),
  freezes: z.array(freezeSchema).default([]),
});

export type Calendar = z.infer<typeof calendarSchema>;
export type Window = Calendar["windows"][number];
export type Freeze = Calendar["freezes"][number];

/** Whether changes may begin; where not, why, and from when on they may (milliseconds; null: not in the next 400 days). */
export type WindowState = { open: true } | { open: false; why: string; opensAt: number | null };

/** Whether a change may begin at an instant (pure). */
export function windowAt(calendar: Calendar, instant: number): WindowState {
  const why = whyClosed(calendar, instant);
  return why === null ? { open: true } : { open: false, why, opensAt: nextOpening(calendar, instant) };
}

function whyClosed(calendar: Calendar, instant: number): string | null {
  const { timeZone, windows, freezes } = calendar;
  const freeze = freezes.find((one) => {
    const { begins, ends } = spanOf(one, timeZone);
    return instant >= begins && instant < ends;
  });
  if (freeze !== undefined)
    return `the freeze "${freeze.name}" holds from ${freeze.from} to ${freeze.to} (${timeZone})`;
  const wall = wallTimeAt(instant, timeZone);
  if (windows.length === 0 || windows.some((window) => isIn(window, wall))) return null;
  return `it is ${wallInWords(wall)} in ${timeZone}, outside every change window (${windows.map(windowInWords).join("; ")})`;
}

/** A window is judged by the wall clock alone: an hour that comes twice is open twice, one that is left out never is. */
function isIn({ days, from, to }: Window, wall: WallTime): boolean {
  const time = wall.toPlainTime().toString({ smallestUnit: "minute" });
  const today = days.includes(weekdayOf(wall));
  if (from < to) return today && time >= from && time < to;
  return (today && time >= from) || (days.includes(weekdayOf(wall.subtract({ days: 1 }))) && time < to);
}

/** A freeze is one unbroken span: from the first instant that shows its beginning to the last that shows its end. */
function spanOf({ from, to }: Freeze, timeZone: string): { begins: number; ends: number } {
  return {
    begins: Math.min(...instantsOf(startOf(from), timeZone)),
    ends: Math.max(...instantsOf(endOf(to), timeZone)),
  };
}

/** The first instant after a closed one at which changes may begin (pure). */
export function nextOpening(calendar: Calendar, after: number): number | null {
  const { timeZone, windows, freezes } = calendar;
  const earliestOf = (instants: readonly number[]): number =>
    Math.min(...instants.filter((instant) => instant > after && whyClosed(calendar, instant) === null));
  const ofFreezes = freezes.map((freeze) => spanOf(freeze, timeZone).ends);
  const ofZone = windows.length === 0 ? [] : transitionsIn(after, after + HORIZON_DAYS * DAY, timeZone);
  let best = earliestOf([...ofFreezes, ...ofZone]);
  const today = wallTimeAt(after, timeZone).toPlainDate();
  for (let day = -1; day <= HORIZON_DAYS && windows.length > 0; day += 1) {
    const date = today.add({ days: day });
    if (date.toZonedDateTime(timeZone).epochMilliseconds > best) break;
    best = Math.min(best, earliestOf(windows.flatMap(({ from }) => instantsOf(startOf(`${date}T${from}`), timeZone))));
  }
  return best === Number.POSITIVE_INFINITY ? null : best;
}

function weekdayOf({ dayOfWeek }: WallTime): Weekday {
  return WEEKDAYS[dayOfWeek % WEEKDAYS.length] ?? "sun";
}

function startOf(local: string): WallTime {
  return Temporal.PlainDateTime.from(local);
}

/** A freeze "to" a day ends with that day. */
function endOf(local: string): WallTime {
  return local.length === 10 ? startOf(local).add({ days: 1 }) : startOf(local);
}

const isBefore = (one: WallTime, other: WallTime): boolean => Temporal.PlainDateTime.compare(one, other) < 0;

function isReal(local: string): boolean {
  try {
    startOf(local);
    return true;
  } catch {
    return false;
  }
}

function wallInWords(wall: WallTime): string {
  return `${weekdayOf(wall)} ${wall.toString({ smallestUnit: "minute" }).replace("T", " ")}`;
}

function windowInWords({ days, from, to }: Window): string {
  const when = days.length === WEEKDAYS.length ? "every day" : days.join(", ");
  return `${when} ${from}-${to}`;
}
