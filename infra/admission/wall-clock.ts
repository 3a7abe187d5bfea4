const MINUTE = 60_000;
const DAY = 86_400_000;

/** What a clock on the wall shows: a count of milliseconds as if the zone were UTC, so that times of one zone compare and add up. */
export type WallTime = number;

const formats = new Map<string, Intl.DateTimeFormat>();

// Intl has every zone's rules and their changes, is in Node, and is kept up to date with it: a library would bring a second copy.
function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const numeric = "2-digit" as const;
  const made = new Intl.DateTimeFormat("en-US", {
    timeZone,
    calendar: "gregory",
    numberingSystem: "latn",
    hourCycle: "h23",
    era: "short",
    year: "numeric",
    month: numeric,
    day: numeric,
    hour: numeric,
    minute: numeric,
    second: numeric,
  });
  formats.set(timeZone, made);
  return made;
}

/** Whether the machine knows the IANA time zone. */
export function isTimeZone(name: string): boolean {
  try {
    formatOf(name);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** What the clock on the wall shows at an instant (milliseconds since the epoch, from the year 1 on), to the second. */
export function wallTimeAt(instant: number, timeZone: string): WallTime {
  const parts = new Map(
    formatOf(timeZone)
      .formatToParts(instant)
      .map(({ type, value }) => [type, value]),
  );
  const [year, month, day, hour, minute, second] = (["year", "month", "day", "hour", "minute", "second"] as const).map(
    (part) => Number(parts.get(part)),
  );
  return Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second);
}

/** How far the wall clock is ahead of UTC at an instant, in milliseconds. */
function offsetAt(instant: number, timeZone: string): number {
  const whole = Math.floor(instant / 1_000) * 1_000;
  return wallTimeAt(whole, timeZone) - whole;
}

/**
 * The instants at which the wall clock shows a time: one, two where an hour comes twice, and where an hour is left out
 * the one instant at which the clock jumps over it.
 */
export function instantsOf(wall: WallTime, timeZone: string): number[] {
  const offsets = new Set([offsetAt(wall - DAY, timeZone), offsetAt(wall + DAY, timeZone)]);
  const guesses = [...offsets].map((offset) => wall - offset).sort((one, other) => one - other);
  const exact = guesses.filter((instant) => wallTimeAt(instant, timeZone) === wall);
  if (exact.length > 0) return exact;
  const [early, late] = [guesses[0] ?? wall, guesses.at(-1) ?? wall];
  return [firstInstant(early, late, (instant) => wallTimeAt(instant, timeZone) > wall)];
}

/** The first whole minute in a span at which something holds that holds from there on. */
export function firstInstant(from: number, to: number, holds: (instant: number) => boolean): number {
  let [before, after] = [Math.floor(from / MINUTE), Math.ceil(to / MINUTE)];
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (holds(middle * MINUTE)) after = middle;
    else before = middle;
  }
  return after * MINUTE;
}

/** The instants in a span at which the zone's offset changes, to the minute; at most one a day is looked for. */
export function transitionsIn(from: number, to: number, timeZone: string): number[] {
  const found: number[] = [];
  for (let start = from; start < to; start += DAY) {
    const end = Math.min(start + DAY, to);
    const offset = offsetAt(start, timeZone);
    if (offsetAt(end, timeZone) === offset) continue;
    found.push(firstInstant(start, end, (instant) => offsetAt(instant, timeZone) !== offset));
  }
  return found;
}
