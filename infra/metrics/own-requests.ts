import { z } from "zod";
import { difference, NO_REQUESTS, type Reading, type RequestCount, sum } from "./reading.ts";

const count = z.strictObject({ requests: z.int().nonnegative(), errors: z.int().nonnegative() });
const byRelease = z.record(z.string(), count);

/** How many requests of ours each release has answered. */
export const ownCountSchema = z.strictObject({
  releases: byRelease,
  /** How many of those went to the health or the ready path, which an application may leave out of its own counters. */
  probes: byRelease,
  /** How long they took, by release: how many were answered at all but for WebSockets, and how many took longer than each of OWN_BOUNDS. */
  took: z.record(z.string(), z.array(z.int().nonnegative())).default({}),
  /** Requests of which nobody knows who counted them: no answer came, or none that says who gave it. */
  unclear: z.int().nonnegative(),
});
export type OwnCount = z.infer<typeof ownCountSchema>;

/** Requests of ours that were sent together; times in milliseconds since the epoch. */
export const burstSchema = ownCountSchema.extend({ from: z.number(), to: z.number() });
export type Burst = z.infer<typeof burstSchema>;

/** Everything that a change has sent itself: the runner, its gates and the read-back. */
export interface OwnRequests {
  /** The newest bursts, the oldest first. */
  bursts: readonly (Burst & { after: OwnCount })[];
  /** How many were sent before the oldest burst that is kept. */
  before: OwnCount;
  /** When sending began that isn't known to have ended; null where nothing is under way. */
  openSince: number | null;
}

/** Milliseconds, as a client sees them: a Gateway's own count of the same request is never longer. */
const OWN_BOUNDS = [50, 100, 250, 500, 1_000, 2_500, 5_000];
const SWITCHING_PROTOCOLS = 101;

const NOTHING_SENT: OwnCount = { releases: {}, probes: {}, took: {}, unclear: 0 };
export const NO_OWN_REQUESTS: OwnRequests = { bursts: [], before: NOTHING_SENT, openSince: null };

/** Milliseconds after its answer in which a request may not be counted yet. */
export const COUNTED_WITHIN = 500;
/** How long a request may live on whose sender was killed: longer than any of ours waits for its answer. */
const OUTLIVES = 15_000;
/** So many bursts are kept: a reading older than all of them can't be told apart from our requests. */
const KEPT = 64;

type ByRelease<Value> = Record<string, Value>;

function together<Value>(one: ByRelease<Value>, other: ByRelease<Value>, add: (known: Value, more: Value) => Value) {
  const all = { ...one };
  for (const [release, more] of Object.entries(other)) {
    const known = all[release];
    all[release] = known === undefined ? more : add(known, more);
  }
  return all;
}

function plus(one: OwnCount, other: OwnCount): OwnCount {
  return {
    releases: together(one.releases, other.releases, sum),
    probes: together(one.probes, other.probes, sum),
    took: together(one.took, other.took, (known, more) => more.map((count, at) => count + (known[at] ?? 0))),
    unclear: one.unclear + other.unclear,
  };
}

/** What was sent between two counts to one release, as a source counts it (pure). */
export function sentBetween(
  earlier: OwnCount,
  later: OwnCount,
  release: string,
  counted: Reading["counted"],
): RequestCount {
  const between = (part: "releases" | "probes") =>
    difference(later[part][release] ?? NO_REQUESTS, earlier[part][release] ?? NO_REQUESTS);
  return counted === "all" ? between("releases") : difference(between("releases"), between("probes"));
}

/** Our own requests that a histogram has counted. */
export interface OwnDurations {
  requests: number;
  /** How many took longer than a bound in milliseconds, at most. */
  slowerThan: (milliseconds: number) => number;
}

/** How long those took that were sent between two counts to one release, as a source counts them: WebSockets have no duration (pure). */
export function tookBetween(
  earlier: OwnCount,
  later: OwnCount,
  release: string,
  counted: Reading["counted"],
): OwnDurations {
  const took = (later.took[release] ?? []).map((count, at) => count - (earlier.took[release]?.[at] ?? 0));
  const left =
    sentBetween(earlier, later, release, "all").requests - sentBetween(earlier, later, release, counted).requests;
  return {
    requests: Math.max(0, (took[0] ?? 0) - left),
    slowerThan(milliseconds) {
      const at = OWN_BOUNDS.findLastIndex((bound) => bound <= milliseconds);
      return took[at + 1] ?? 0;
    },
  };
}

/** The ledger when sending begins: written before the first request leaves, so that a runner that is killed has said so (pure). */
export function withBegun(own: OwnRequests, at: number): OwnRequests {
  return own.openSince === null ? { ...own, openSince: at } : withLost(own, at);
}

/** A sender that died: what it sent is unclear, and may be under way for a while yet. */
function withLost(own: OwnRequests, at: number): OwnRequests {
  const lost = { from: own.openSince ?? at, to: at + OUTLIVES, ...NOTHING_SENT, unclear: 1 };
  return { ...withBurst(own, lost), openSince: at };
}

/** The ledger once a burst has ended (pure). */
export function withBurst(own: OwnRequests, burst: Burst): OwnRequests {
  const after = plus(own.bursts.at(-1)?.after ?? own.before, burst);
  const bursts = [...own.bursts, { ...burst, after }];
  const dropped = bursts.length > KEPT ? bursts[0] : undefined;
  return {
    bursts: bursts.slice(-KEPT),
    before: dropped?.after ?? own.before,
    openSince: null,
  };
}

/**
 * How many of our own requests a sample taken between `from` and `to` has counted (pure).
 * @returns null where some may or may not be in it
 */
export function countedBy(own: OwnRequests, { from, to }: { from: number; to: number }): OwnCount | null {
  if (own.openSince !== null && to >= own.openSince) return null;
  const doubtful = own.bursts.some((burst) => burst.from <= to && from < burst.to + COUNTED_WITHIN);
  if (doubtful) return null;
  const counted = own.bursts.findLast((burst) => burst.to + COUNTED_WITHIN <= from);
  if (counted !== undefined) return counted.after;
  return own.bursts.length >= KEPT ? null : own.before;
}

/** Whether a new reading, taken `now`, would show all that we have sent (pure). */
export function isSettled(own: OwnRequests, now: number): boolean {
  return countedBy(own, { from: now, to: now }) !== null;
}

/** What came of a request: who answered (null: it isn't known), and with which status (null: with none). */
export interface OwnOutcome {
  release: string | null;
  status: number | null;
}

/** Where a request goes: to one of the two paths of the probes, or to another. */
export type OwnPath = "probe" | "other";

/** Notes every request that leaves; whoever sends one calls `sent` before, and what that gives once it has ended. */
export interface OwnMeter {
  sent(path: OwnPath): (outcome: OwnOutcome) => void;
}

/** A meter whose requests are taken off in bursts. */
export interface OwnRecorder extends OwnMeter {
  /** What has ended since the last call; what is still under way comes in the next one. Null: nothing has. */
  take(): Burst | null;
  /** Says that what was taken is in the ledger. */
  noted(): void;
  /** What has ended and isn't in the ledger: what `take` would give, and what it gave until `noted`. */
  ended(): Burst | null;
  /** Since when the oldest request is under way; null where none is. */
  underWaySince(): number | null;
}

function countOf(path: OwnPath, { release, status }: OwnOutcome, milliseconds: number): OwnCount {
  if (release === null || status === null) return { ...NOTHING_SENT, unclear: 1 };
  const releases = { [release]: { requests: 1, errors: status >= 500 ? 1 : 0 } };
  const slower = OWN_BOUNDS.map((bound) => (milliseconds > bound ? 1 : 0));
  const took = status === SWITCHING_PROTOCOLS ? {} : { [release]: [1, ...slower] };
  return { releases, probes: path === "probe" ? releases : {}, took, unclear: 0 };
}

function both(one: Burst | null, other: Burst | null): Burst | null {
  if (one === null || other === null) return one ?? other;
  return { ...plus(one, other), from: Math.min(one.from, other.from), to: Math.max(one.to, other.to) };
}

/** A recorder on the clock of the wall. */
export function newRecorder(now: () => number = Date.now): OwnRecorder {
  const underWay = new Set<{ since: number }>();
  let ended: Burst | null = null;
  let taken: Burst | null = null;
  return {
    sent(path) {
      const request = { since: now() };
      underWay.add(request);
      return (outcome) => {
        if (!underWay.delete(request)) return;
        const to = now();
        const earlier = ended ?? { from: request.since, to, ...NOTHING_SENT };
        ended = {
          ...plus(earlier, countOf(path, outcome, to - request.since)),
          from: Math.min(earlier.from, request.since),
          to,
        };
      };
    },
    take() {
      taken = ended;
      ended = null;
      return taken;
    },
    noted() {
      taken = null;
    },
    ended: () => both(taken, ended),
    underWaySince: () => (underWay.size === 0 ? null : Math.min(...[...underWay].map(({ since }) => since))),
  };
}

/** The ledger with what a recorder has under way, or has not been taken off it (pure but for the recorder). */
export function asOfNow(own: OwnRequests, recorder: Pick<OwnRecorder, "underWaySince">): OwnRequests {
  const since = recorder.underWaySince();
  if (since === null) return own;
  return { ...own, openSince: Math.min(since, own.openSince ?? since) };
}

/**
 * The ledger in the middle of a burst that this very process sends, as exactly as only it can know (pure but for the recorder): a
 * reading between two requests tells as much as one after the last.
 */
export function soFar(own: OwnRequests, recorder: Pick<OwnRecorder, "underWaySince" | "ended">): OwnRequests {
  const ended = recorder.ended();
  const known = ended === null ? own : withBurst(own, ended);
  return { ...known, openSince: recorder.underWaySince() };
}
