/** What a service knows of a stack's changes between two looks. Times are milliseconds since the epoch. */
export interface Known {
  /** the store's mark of news at the last look; undefined before the first */
  mark: string | null | undefined;
  /** when the records were last looked through */
  lookedAt: number;
  /** the open change that there is nothing to do for before a time, or before its record goes beyond an event; null: none is known */
  waiting: { change: string; until: number; seq: number } | null;
  /** how often the last tries in a row have failed */
  failures: number;
  /** nothing is tried before */
  retryAt: number;
  /** whether the last try couldn't read the mark: then there is no news to be seen before the next one */
  isBlind: boolean;
}

export const NOTHING_KNOWN: Known = {
  mark: undefined,
  lookedAt: Number.NEGATIVE_INFINITY,
  waiting: null,
  failures: 0,
  retryAt: Number.NEGATIVE_INFINITY,
  isBlind: false,
};

/** How often the mark of news is read, in milliseconds: one small read. */
export const MARK_EVERY = 1_000;
/** How often the records are looked through without a mark: whoever opened a change may have been killed before it made one. */
const LOOK_EVERY = 5 * 60_000;

/** Whether a pause is over (pure). A clock that was set back makes none longer than the longest is. */
function isOver(retryAt: number, now: number): boolean {
  return now >= retryAt || retryAt - now > LOOK_EVERY;
}

/** Whether the mark is read now (pure): while the store can't be read, no oftener than what has failed is tried. */
export function readsMark({ isBlind, retryAt }: Pick<Known, "isBlind" | "retryAt">, now: number): boolean {
  return !isBlind || isOver(retryAt, now);
}

/** What is to be done at a mark that was read: to look the stack's records through, to go on with the change that waits, or nothing yet. */
export type Due = "look" | "go on" | "nothing";

/** What is due for a stack (pure): on news its records are looked through at once, else when there is a reason to. */
export function dueFor({ mark, lookedAt, waiting, failures, retryAt }: Known, seen: string | null, now: number): Due {
  if (mark === undefined || seen !== mark) return "look";
  if (failures > 0) return isOver(retryAt, now) ? "look" : "nothing";
  if (waiting !== null && now >= waiting.until) return "go on";
  return Math.abs(now - lookedAt) >= LOOK_EVERY ? "look" : "nothing";
}
