import { isDeepStrictEqual } from "node:util";
import type { LeaseRecord, StoredLease } from "../clients/kubernetes-leases.ts";
import { afterLeading } from "../domain/service-lease.ts";

/**
 * Leader election by a Lease, after client-go's (k8s.io/client-go, tools/leaderelection): @kubernetes/client-node has none. A holder that
 * doesn't renew is taken over from once the Lease's time has passed since its last renewal was *seen*, by the clock of whoever looks, so
 * that clocks which differ or jump make no two leaders.
 */
export interface Terms {
  /** how long a Lease is held without a renewal, in milliseconds */
  duration: number;
  /** within how long a leader must have renewed it, or it stops leading; shorter than the duration */
  renewWithin: number;
  /** how often it is renewed, or looked at */
  every: number;
}

/** A leader that was killed is followed within 9 s and one look of the other's: client-go's defaults, 15 s and 2 s, would take longer. */
export const TERMS: Terms = { duration: 9_000, renewWithin: 6_000, every: 1_500 };

/** A Lease as it was seen, and when its version was first seen: milliseconds of a clock that only goes forward. */
export interface SeenLease extends StoredLease {
  at: number;
}

/** Takes a reading into account: a record that is the same counts as no renewal, whatever else of the object has changed (pure). */
export function seenAs(before: SeenLease | null, read: StoredLease | null, at: number): SeenLease | null {
  if (read === null) return null;
  const isRenewed = before === null || !isDeepStrictEqual(before.record, read.record);
  return { ...read, at: isRenewed ? at : before.at };
}

/** What a candidate does. */
export type Move =
  | { kind: "create" | "renew" | "take"; record: LeaseRecord }
  /** somebody else leads, for all that is known */
  | { kind: "follow"; leader: string };

/** Who stands for election, and what it says of itself. */
export interface Candidate {
  identity: string;
  annotations: Readonly<Record<string, string>>;
}

/**
 * What a candidate does about a Lease as it is seen (pure).
 * @param at now, by the clock of `SeenLease.at`
 * @param time now, ISO 8601, for those who read the Lease
 */
export function moveFor(
  seen: SeenLease | null,
  candidate: Candidate,
  { at, time }: { at: number; time: string },
  terms: Terms,
): Move {
  const own = {
    holder: candidate.identity,
    seconds: Math.ceil(terms.duration / 1_000),
    renewedAt: time,
  };
  const annotations = { ...seen?.record.annotations, ...candidate.annotations };
  if (seen === null) return { kind: "create", record: { ...own, acquiredAt: time, transitions: 0, annotations } };
  const { record } = seen;
  if (record.holder === candidate.identity) {
    const { acquiredAt, transitions } = record;
    return { kind: "renew", record: { ...own, acquiredAt, transitions, annotations } };
  }
  if (record.holder !== "" && at < seen.at + heldFor(seen, terms)) return { kind: "follow", leader: record.holder };
  const passed = afterLeading(annotations, { from: record.holder, to: candidate.identity });
  return {
    kind: "take",
    record: { ...own, acquiredAt: time, transitions: record.transitions + 1, annotations: passed },
  };
}

/** How long a candidate that doesn't lead waits for its next look, in milliseconds: until the Lease can be free at the latest (pure). */
export function nextLook(seen: SeenLease | null, at: number, terms: Terms): number {
  if (seen === null || seen.record.holder === "") return terms.every;
  return Math.min(terms.every, Math.max(0, seen.at + heldFor(seen, terms) - at));
}

/** For how long after a renewal a Lease is held: a leader of another version may have promised itself a longer time. */
function heldFor({ record }: SeenLease, terms: Terms): number {
  return Math.max(terms.duration, record.seconds * 1_000);
}

/** The Lease as a leader leaves it that stops by itself: free at once, as client-go's ReleaseOnCancel leaves it (pure). */
export function released(record: LeaseRecord, time: string): LeaseRecord {
  const annotations = afterLeading(record.annotations, { from: record.holder, to: "" });
  return { ...record, holder: "", seconds: 1, renewedAt: time, acquiredAt: time, annotations };
}
