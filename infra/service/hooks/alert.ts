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

/** What a stack's alarms are named after: `APPLICATION-STAGE`. */
export interface Named {
  stack: string;
  prefix: string;
}

/** The stack that an alert is of, of those that are served (pure); null where it is of none. */
export function stackOf({ stack, alarm }: Alert, asked: string | null, served: readonly Named[]): string | null {
  const named = stack ?? (alarm === null ? null : byAlarm(alarm, served)) ?? asked;
  return served.some((one) => one.stack === named) ? named : null;
}

function byAlarm(alarm: string, served: readonly Named[]): string | null {
  const fitting = served.filter(({ prefix }) => alarm.startsWith(`${prefix}-`));
  return fitting.sort((one, other) => other.prefix.length - one.prefix.length)[0]?.stack ?? null;
}

/** The longest title that goes into a record, in characters. */
const LONGEST_TITLE = 200;

/** Why a change was opened, for its record: what stands in brackets tells the firing from others (pure). */
export function reasonOf({ source, title, key }: Alert): string {
  const line = title.replace(/\s+/g, " ").trim().slice(0, LONGEST_TITLE);
  return `alert from ${source}: ${line} ${markOf(key)}`;
}

/** How a firing is found again in a reason (pure). */
export function markOf(key: string): string {
  return `[${key.replace(/[[\]\s]/g, "_")}]`;
}
