import { at, type Field, textAt } from "./inputs.ts";

const DATE = /^\d{4}-\d{2}-\d{2}$/;

/** Where an entry says by which day (UTC, YYYY-MM-DD) its value is to be rotated. */
export function rotateByOf(props: Field): Field {
  return at(props, "tags", "runbooks:rotate-by");
}

/** The first moment of the day at a place, in milliseconds since the epoch; nothing where no real day stands there. */
export function dayAt(field: Field): number | undefined {
  const text = textAt(field) ?? "";
  const time = DATE.test(text) ? Date.parse(text) : Number.NaN;
  // Date.parse takes 30 February for the 2nd of March.
  return Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== text ? undefined : time;
}
