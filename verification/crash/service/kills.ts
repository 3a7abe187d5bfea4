import type { ChangeEvent } from "../../../infra/records/events.ts";
import { seeded } from "../../bench/gates/random.ts";

/** What is killed: the service's process alone, or all that it has started too, as with a container's end. */
export const VICTIMS = ["the service", "the service and its engine"] as const;

/** A kill -9 of the service that leads. */
export interface Kill {
  /** how long it has had the change when it is killed, in milliseconds */
  after: number;
  victim: (typeof VICTIMS)[number];
}

/** A life is shorter than this, in milliseconds: it ends before, in or after the update that the one before has left, or steps later. */
const LONGEST_LIFE = 15_000;

/** The kills of a run (pure; the same seed gives the same). */
export function killsFor(count: number, seed: number): Kill[] {
  const random = seeded(seed);
  return Array.from({ length: count }, () => ({
    after: Math.round(LONGEST_LIFE * random()),
    victim: random() < 0.5 ? VICTIMS[0] : VICTIMS[1],
  }));
}

/** A kill that was made, and when the other service had the change. */
export interface TakeOver extends Kill {
  /** milliseconds since the epoch */
  killedAt: number;
  continuedAt: number;
}

/** Where a change was at a time: its step and its last event (pure). */
export function momentText(events: readonly ChangeEvent[], at: number): string {
  const last = events.findLast((event) => Date.parse(event.at) <= at);
  return last === undefined
    ? "before its first event"
    : `after ${last.type}${last.step === null ? "" : ` of ${last.step}`}`;
}

/**
 * Seconds from each kill to the first event that the successor wrote (pure); null where that was killed before it wrote one.
 * @param takeOvers of one change, in their order
 */
export function secondsToEvent(takeOvers: readonly TakeOver[], events: readonly ChangeEvent[]): (number | null)[] {
  const times = events.map(({ at }) => Date.parse(at));
  return takeOvers.map(({ killedAt }, index) => {
    const until = takeOvers[index + 1]?.killedAt ?? Number.POSITIVE_INFINITY;
    const first = times.find((at) => at > killedAt && at <= until);
    return first === undefined ? null : (first - killedAt) / 1_000;
  });
}
