import { setTimeout as delay } from "node:timers/promises";
import type { LeaseObject, StoredLease } from "../clients/kubernetes-leases.ts";
import { ledBefore } from "../domain/service-lease.ts";
import { type Candidate, moveFor, nextLook, released, type SeenLease, seenAs, type Terms } from "./election.ts";

/** What is done while leading. */
export interface Leading {
  /** fires where the leadership is lost, or the service is to end */
  signal: AbortSignal;
  /** the identities of those that have led before and lead no more, the last one last */
  ledBefore: readonly string[];
}

/** How a candidate stands for election, and what it does once it leads. */
export interface Candidacy {
  lease: LeaseObject;
  /** asked at every renewal: what it says of itself may change */
  candidate: () => Candidate;
  terms: Terms;
  /** told where the leader changes; null: it isn't known */
  leaderIs: (identity: string | null) => void;
  work: (leading: Leading) => Promise<void>;
  /** milliseconds of a clock that only goes forward */
  clock?: () => number;
}

const SPREAD = 0.2;

/**
 * Stands for election until the signal, and works while it leads: when the work has ended, the Lease is given back.
 * @throws Error where the Lease can't be read or written while it doesn't lead
 */
export async function standForElection(candidacy: Candidacy, signal: AbortSignal): Promise<void> {
  const { terms, leaderIs, clock = () => performance.now() } = candidacy;
  let seen: SeenLease | null = null;
  while (!signal.aborted) {
    const turn = await takeTurn(candidacy, seen, clock);
    seen = turn.seen;
    leaderIs(turn.leader);
    if (turn.leads !== null) {
      await lead(candidacy, turn.leads, signal, clock);
      seen = null;
      leaderIs(null);
      continue;
    }
    // Spread, so that two that look at the same moment don't go on doing so.
    const pause = nextLook(seen, clock(), terms) + terms.every * SPREAD * Math.random();
    await delay(pause, undefined, { signal }).catch(() => undefined);
  }
}

/** One look at the Lease, and one write where it is free or one's own. */
async function takeTurn({ lease, candidate, terms }: Candidacy, before: SeenLease | null, clock: () => number) {
  const seen = seenAs(before, await lease.read(), clock());
  const own = candidate();
  const move = moveFor(seen, own, { at: clock(), time: new Date().toISOString() }, terms);
  if (move.kind === "follow") return { seen, leader: move.leader, leads: null };
  const written = await lease.write(move.record, seen?.version ?? null);
  const leads = written === null ? null : { ...written, at: clock() };
  return { seen, leader: leads === null ? null : own.identity, leads };
}

/** Leads until the work has ended: it is asked to where the Lease is lost, or the signal fires. */
async function lead(candidacy: Candidacy, first: SeenLease, signal: AbortSignal, clock: () => number): Promise<void> {
  const [lost, over] = [new AbortController(), new AbortController()];
  const renewing = keepLease(candidacy, first, over.signal, clock).finally(() => lost.abort());
  try {
    await candidacy.work({
      signal: AbortSignal.any([signal, lost.signal]),
      ledBefore: ledBefore(first.record.annotations),
    });
  } finally {
    over.abort();
    const kept = await renewing;
    // Where this can't be written, the others wait for its time to pass.
    if (kept !== null)
      await candidacy.lease.write(released(kept.record, new Date().toISOString()), kept.version).catch(() => null);
  }
}

/** Renews the Lease until the work is over; answers it as it stands, and null where it was lost. */
async function keepLease(
  { lease, candidate, terms }: Candidacy,
  first: SeenLease,
  over: AbortSignal,
  clock: () => number,
): Promise<StoredLease | null> {
  let held = first;
  while (!over.aborted) {
    await delay(terms.every, undefined, { signal: over }).catch(() => undefined);
    if (over.aborted) return held;
    const renewed = await renewOnce({ lease, candidate, terms }, held, clock).catch(() => "not reached" as const);
    if (renewed === null) return null;
    if (renewed !== "not reached") held = renewed;
    else if (clock() - held.at > terms.renewWithin) return null;
  }
  return held;
}

/** Renews the Lease, also where something else of the object was changed meanwhile; null where somebody else holds it. */
async function renewOnce(
  { lease, candidate, terms }: Pick<Candidacy, "lease" | "candidate" | "terms">,
  held: SeenLease,
  clock: () => number,
): Promise<SeenLease | null> {
  const at = clock();
  const time = new Date().toISOString();
  const move = moveFor(held, candidate(), { at, time }, terms);
  if (move.kind === "follow") return null;
  const written = await lease.write(move.record, held.version);
  if (written !== null) return { ...written, at };
  const read = await lease.read();
  const seen = read === null ? null : { ...read, at };
  const again = moveFor(seen, candidate(), { at, time }, terms);
  if (again.kind !== "renew") return null;
  const rewritten = await lease.write(again.record, read?.version ?? null);
  return rewritten === null ? null : { ...rewritten, at };
}
