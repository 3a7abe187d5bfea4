import { bySecret, type SecretName, type SecretState } from "./releases.ts";

const DAY = 86_400_000;
/** How long before its date a rotation is announced. */
const SOON = 14 * DAY;

/** What the age of a secret is read from. */
export type Aging = Pick<SecretState, "current" | "generations">;

/** How old a secret's current generation is, and when it is to be rotated. */
export interface RotationAge {
  /** whole days since it was made */
  ageDays: number;
  /** the age limit that was asked for, in milliseconds */
  maxAge: number;
  /** the day (UTC, YYYY-MM-DD) on which it reaches the limit; it is overdue from that day's first moment on */
  rotateBy: string;
  state: "in time" | "due soon" | "overdue";
}

export type RotationAges = Readonly<Record<SecretName, RotationAge>>;

function createdAt({ current, generations }: Aging): number {
  const found = generations.find(({ id }) => id === current);
  if (found === undefined) throw new Error(`generation ${current} is the current one and isn't on the stack`);
  return Date.parse(found.createdOn);
}

/** The day (UTC, YYYY-MM-DD) on which the current generation reaches the age limit, in milliseconds (pure). */
export function rotateBy(secret: Aging, maxAge: number): string {
  return new Date(createdAt(secret) + maxAge).toISOString().slice(0, 10);
}

/** The moment from which on a secret that is to be rotated by a day is overdue, in milliseconds since the epoch (pure). */
export function overdueFrom(day: string): number {
  return Date.parse(day);
}

/** How a secret stands at a time; `maxAge` and `now` in milliseconds (pure). A clock that runs behind makes nothing younger than 0 days. */
export function rotationAge(secret: Aging, maxAge: number, now: number): RotationAge {
  const day = rotateBy(secret, maxAge);
  const left = overdueFrom(day) - now;
  return {
    ageDays: Math.max(0, Math.floor((now - createdAt(secret)) / DAY)),
    maxAge,
    rotateBy: day,
    state: left <= 0 ? "overdue" : left <= SOON ? "due soon" : "in time",
  };
}

/** How every secret of a stack stands at a time (pure). */
export function rotationAges(secrets: Readonly<Record<SecretName, Aging>>, maxAge: number, now: number): RotationAges {
  return bySecret((name) => rotationAge(secrets[name], maxAge, now));
}
