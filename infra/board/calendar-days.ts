import { Temporal } from "temporal-polyfill";
import { type Calendar, type Freeze, WEEKDAYS, type Window } from "../admission/calendar.ts";
import { wallTimeAt } from "../admission/wall-clock.ts";

/** A day of a calendar, by the wall clock of its time zone. */
export interface CalendarDay {
  /** YYYY-MM-DD */
  date: string;
  isToday: boolean;
  /** when a change may begin, such as "09:00-16:00"; empty: at no time, unless the day before's window goes on into it */
  windows: string[];
  /** the freezes that hold on it, or on a part of it */
  freezes: string[];
}

function covers({ from, to }: Freeze, date: string): boolean {
  // A freeze that ends with the first moment of a day doesn't hold on it.
  return from.slice(0, 10) <= date && (to.length === 10 ? date <= to : `${date}T00:00` < to);
}

function partOf(freeze: Freeze, date: string): string {
  const begins = freeze.from.slice(0, 10) === date && freeze.from.length > 10 ? ` from ${freeze.from.slice(11)}` : "";
  const ends = freeze.to.slice(0, 10) === date && freeze.to.length > 10 ? ` until ${freeze.to.slice(11)}` : "";
  return `${freeze.name}${begins}${ends}`;
}

const isOvernight = ({ from, to }: Window): boolean => to < from;

/** What is open on a day of the week, and what of the day before goes on into it. */
function windowsOn(
  windows: readonly Window[],
  weekday: (typeof WEEKDAYS)[number],
  before: (typeof WEEKDAYS)[number],
): string[] {
  if (windows.length === 0) return ["00:00-24:00"];
  return windows.flatMap((window) => {
    const { days, from, to } = window;
    const own = days.includes(weekday) ? [`${from}-${isOvernight(window) ? "24:00" : to}`] : [];
    const late = isOvernight(window) && days.includes(before) && to !== "00:00" ? [`00:00-${to}`] : [];
    return [...late, ...own];
  });
}

/** The weeks from the one of an instant on (milliseconds), each from its Monday, as the calendar has them (pure). */
export function weeksOf(calendar: Calendar, now: number, weeks: number): CalendarDay[][] {
  const { timeZone, windows, freezes } = calendar;
  const today = wallTimeAt(now, timeZone).toPlainDate();
  const monday = today.subtract({ days: today.dayOfWeek - 1 });
  const weekdayOf = (day: Temporal.PlainDate) => WEEKDAYS[day.dayOfWeek % 7] ?? "sun";
  return Array.from({ length: weeks }, (_, week) =>
    Array.from({ length: 7 }, (_, place) => {
      const day = monday.add({ days: 7 * week + place });
      const date = day.toString();
      return {
        date,
        isToday: Temporal.PlainDate.compare(day, today) === 0,
        windows: windowsOn(windows, weekdayOf(day), weekdayOf(day.subtract({ days: 1 }))).sort(),
        freezes: freezes.filter((freeze) => covers(freeze, date)).map((freeze) => partOf(freeze, date)),
      };
    }),
  );
}
