import { createHash } from "node:crypto";
import { z } from "zod";
import {
  countedBy,
  type OwnDurations,
  type OwnRequests,
  ownCountSchema,
  sentBetween,
  tookBetween,
} from "./own-requests.ts";
import type { Reading, RequestCount, Series } from "./reading.ts";

/** From which counters the next reading's are taken off: every series has its own. JSON-serialisable, and small. */
export const baselineSchema = z.strictObject({
  /** The end of the reading, in milliseconds since the epoch. */
  at: z.number(),
  /** What of our own it has counted. */
  own: ownCountSchema,
  /** The processes that answered, by a hash of their names. */
  targets: z.array(z.string()),
  /** By a hash of the series' key: its process (null: not known) and its value. */
  series: z.record(z.string(), z.tuple([z.string().nullable(), z.number().nonnegative()])),
  /** Series that a process ceased to show: one that returns isn't known to begin at 0. */
  ceased: z.array(z.string()),
  /** Since when a series has been missing that may return; null where none is. */
  missingSince: z.number().nullable(),
});
export type Baseline = z.infer<typeof baselineSchema>;

/** How far one series has risen between two readings. */
export interface Increment<S extends Series> {
  series: S;
  count: number;
}

/** What a look at the counters came to. */
export type Followed<S extends Series> =
  /** exactly what was counted since the baseline, and how many of those were our own, by release */
  | {
      kind: "interval";
      from: number;
      to: number;
      increments: Increment<S>[];
      own: Record<string, RequestCount>;
      ownTook: Record<string, OwnDurations>;
    }
  /** a new baseline: what came before it isn't counted */
  | { kind: "baseline"; why: string }
  /** the baseline stays, and the next reading may tell */
  | { kind: "no data"; why: string }
  /** as above, since our own last requests may or may not be counted yet: sending more would prolong it */
  | { kind: "in doubt"; why: string };

/** A series that doesn't return within so many milliseconds has gone with its process. */
const GONE_AFTER = 30_000;
const MOST_CEASED = 200;
const HASH_LENGTH = 10;

/** The same few names come at every look. */
const hashes = new Map<string, string>();
const MOST_HASHES = 10_000;

function hashed(text: string): string {
  const known = hashes.get(text);
  if (known !== undefined) return known;
  const hash = createHash("sha256").update(text).digest("hex").slice(0, HASH_LENGTH);
  if (hashes.size >= MOST_HASHES) hashes.clear();
  hashes.set(text, hash);
  return hash;
}

/** One family of series out of a reading. */
export type Family<S extends Series> = (reading: Reading) => readonly S[];

interface Seen<S extends Series> {
  reading: Reading;
  own: z.infer<typeof ownCountSchema>;
  targets: Set<string>;
  series: Map<string, { series: S; target: string | null }>;
}

function only<T>(all: Readonly<Record<string, T>>, names: readonly string[]): Record<string, T> {
  return Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name)));
}

function see<S extends Series>(
  reading: Reading,
  own: Seen<S>["own"],
  family: Family<S>,
  releases: readonly string[],
): Seen<S> {
  const judged = family(reading).filter(({ release }) => releases.includes(release));
  const targetOf = ({ target }: S) => (target === null ? null : hashed(target));
  return {
    reading,
    own: {
      releases: only(own.releases, releases),
      probes: only(own.probes, releases),
      took: only(own.took, releases),
      unclear: own.unclear,
    },
    targets: new Set(reading.targets.map(hashed)),
    series: new Map(judged.map((series) => [hashed(series.key), { series, target: targetOf(series) }])),
  };
}

function baselineOf<S extends Series>(seen: Seen<S>, ceased: readonly string[]): Baseline {
  const series = [...seen.series].map(([key, { series, target }]) => [key, [target, series.value] as const]);
  return {
    at: seen.reading.to,
    own: seen.own,
    targets: [...seen.targets],
    series: Object.fromEntries(series),
    ceased: ceased.filter((key) => !seen.series.has(key)).slice(-MOST_CEASED),
    missingSince: null,
  };
}

/** Why the counts between a baseline and a reading can't be known, and whether waiting may help. */
function obstacle<S extends Series>(last: Baseline, seen: Seen<S>): { why: string; waits: boolean } | null {
  const again = [...seen.series].some(([key, { series, target }]) => {
    const [counting, value] = last.series[key] ?? [target, 0];
    return counting !== target || series.value < value;
  });
  if (again) return { why: "a counter was reset", waits: false };
  const unclear = seen.own.unclear - last.own.unclear;
  if (unclear > 0) return { why: `it isn't known which release counted ${unclear} of our own requests`, waits: false };
  const missing = Object.entries(last.series).filter(([key]) => !seen.series.has(key));
  const ceased = missing.some(([, [target]]) => target !== null && seen.targets.has(target));
  if (ceased) return { why: "a series has ended", waits: false };
  const silent = last.targets.filter((target) => !seen.targets.has(target)).length;
  if (missing.length + silent > 0) {
    const gone = seen.reading.to - (last.missingSince ?? seen.reading.to) >= GONE_AFTER;
    const what = silent > 0 ? `${silent} of those that count` : `${missing.length} series`;
    return gone ? { why: `${what} have gone`, waits: false } : { why: `${what} are missing`, waits: true };
  }
  const unknown = [...seen.series].some(
    ([key, { target }]) =>
      last.series[key] === undefined &&
      (target === null || !last.targets.includes(target) || last.ceased.includes(key)),
  );
  return unknown ? { why: "a series is new, and it isn't known since when it counts", waits: false } : null;
}

/**
 * Goes on from a baseline to the newest reading of which it is known how many of its requests are our own. Each series
 * is taken off its own baseline, and what is between two readings is either known exactly or left out (pure).
 */
export function follow<S extends Series>(
  last: Baseline | null,
  readings: readonly Reading[],
  { own, releases, family }: { own: OwnRequests; releases: readonly string[]; family: Family<S> },
): { baseline: Baseline | null; followed: Followed<S> } {
  const no = (why: string, baseline = last) => ({ baseline, followed: { kind: "no data", why } as const });
  const newer = readings.filter(({ to }) => last === null || to > last.at);
  if (newer.length === 0) return no("the counters show nothing newer than the last look");
  const exact = newer.flatMap((reading) => {
    const counted = countedBy(own, reading);
    return counted === null ? [] : [see(reading, counted, family, releases)];
  });
  const [seen] = exact;
  if (seen === undefined) {
    const why = "our own last requests may or may not be counted yet";
    return { baseline: last, followed: { kind: "in doubt", why } };
  }
  if (last === null) {
    if (seen.targets.size + seen.series.size === 0) return no(`the counters have no request of ${releases[0]}`);
    return { baseline: baselineOf(seen, []), followed: { kind: "baseline", why: "the first reading of the counters" } };
  }
  const found = obstacle(last, seen);
  if (found?.waits === true) return no(found.why, { ...last, missingSince: last.missingSince ?? seen.reading.to });
  const ceased = [...last.ceased, ...Object.keys(last.series).filter((key) => !seen.series.has(key))];
  const baseline = baselineOf(seen, ceased);
  if (found !== null) return { baseline, followed: { kind: "baseline", why: found.why } };
  const increments = [...seen.series].map(([key, { series }]) => ({
    series,
    count: series.value - (last.series[key]?.[1] ?? 0),
  }));
  const sent = releases.map((release) => [release, sentBetween(last.own, seen.own, release, seen.reading.counted)]);
  const { counted } = seen.reading;
  const took = releases.map((release) => [release, tookBetween(last.own, seen.own, release, counted)]);
  const [from, to] = [last.at, seen.reading.to];
  const ours = { own: Object.fromEntries(sent), ownTook: Object.fromEntries(took) };
  return { baseline, followed: { kind: "interval", from, to, increments, ...ours } };
}
