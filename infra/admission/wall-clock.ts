import { Temporal } from "temporal-polyfill";

/** What a clock on the wall shows. */
export type WallTime = Temporal.PlainDateTime;

/** Whether the machine knows the IANA time zone. */
export function isTimeZone(name: string): boolean {
  try {
    // Temporal would take the zone out of a whole date and time, too.
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

const zoned = (instant: number, timeZone: string) =>
  Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(timeZone);

/** What the clock on the wall shows at an instant (milliseconds since the epoch). */
export function wallTimeAt(instant: number, timeZone: string): WallTime {
  return zoned(instant, timeZone).toPlainDateTime();
}

/**
 * The instants at which the wall clock shows a time: one, two where an hour comes twice, and where an hour is left out
 * the one instant at which the clock jumps over it.
 */
export function instantsOf(wall: WallTime, timeZone: string): number[] {
  const early = wall.toZonedDateTime(timeZone, { disambiguation: "earlier" });
  const late = wall.toZonedDateTime(timeZone, { disambiguation: "later" });
  const shown = early.toPlainDateTime().equals(wall);
  const instants = shown ? [early, late] : [early.getTimeZoneTransition("next") ?? late];
  return [...new Set(instants.map(({ epochMilliseconds }) => epochMilliseconds))];
}

/** The instants in a span at which the zone's offset changes. */
export function transitionsIn(from: number, to: number, timeZone: string): number[] {
  const found: number[] = [];
  let next = zoned(from, timeZone).getTimeZoneTransition("next");
  while (next !== null && next.epochMilliseconds < to) {
    found.push(next.epochMilliseconds);
    next = next.getTimeZoneTransition("next");
  }
  return found;
}
