import { withoutUrlPasswords } from "../../records/redaction/url-passwords.ts";

/** An alert that fires, as a hook received it. */
export interface Alert {
  source: "alertmanager" | "sns" | "pagerduty";
  /** the same for every delivery of one firing, and for no other */
  key: string;
  title: string;
  /** the stack that it names; null where it names none, and the hook's address does */
  stack: string | null;
  /** a CloudWatch alarm's name, which begins with the application's and the stage's; null for others */
  alarm: string | null;
}

/** A stack that is served. */
export interface Named {
  stack: string;
  /** what its alarms are named after, `APPLICATION-STAGE`; null where its settings weren't read yet */
  prefix: string | null;
}

/** The stack that an alert is of, of those that are served (pure); null where it is of none. */
export function stackOf({ stack, alarm }: Alert, asked: string | null, served: readonly Named[]): string | null {
  const named = stack ?? (alarm === null ? null : byAlarm(alarm, served)) ?? asked;
  return served.some((one) => one.stack === named) ? named : null;
}

function byAlarm(alarm: string, served: readonly Named[]): string | null {
  const fitting = served.flatMap(({ stack, prefix }) =>
    prefix !== null && alarm.startsWith(`${prefix}-`) ? [{ stack, length: prefix.length }] : [],
  );
  return fitting.sort((one, other) => other.length - one.length)[0]?.stack ?? null;
}

/** The stacks whose alarm this may be, of an alarm that is of no other (pure): their settings weren't read yet, so that nobody knows. */
export function unreadOf({ stack, alarm }: Alert, served: readonly Named[]): string[] {
  return stack !== null || alarm === null ? [] : served.flatMap((one) => (one.prefix === null ? [one.stack] : []));
}

/** The longest title that goes into a record, in characters. */
const LONGEST_TITLE = 200;

/** Why a change was opened, for its record: what stands in brackets tells the firing from others (pure). */
export function reasonOf({ source, title, key }: Alert): string {
  // An alert may quote what a pod has logged. Before it is cut: of a URL that is cut in its password nobody knows that it has one.
  const line = withoutUrlPasswords(title).replace(/\s+/g, " ").trim().slice(0, LONGEST_TITLE);
  return `alert from ${source}: ${line} ${markOf(key)}`;
}

/** How a firing is found again in a reason (pure). */
export function markOf(key: string): string {
  return `[${key.replace(/[[\]\s]/g, "_")}]`;
}
