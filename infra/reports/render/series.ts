import type { ChangeEvent } from "../../records/events.ts";
import { dataOf } from "./event-data.ts";
import {
  type ErrorLook,
  errorLooksIn,
  latencyLooksIn,
  movesIn,
  type RoundWord,
  roundsIn,
  type TestLook,
} from "./looks.ts";

/** Milliseconds since the epoch, and a value. */
export type Point = readonly [number, number];

export interface Line {
  name: string;
  points: Point[];
}

/** A gates' word at a point of the plot. */
export interface Mark extends RoundWord {
  point: Point;
}

/** What the plots of a record show. */
export interface Series {
  /** Percent of the traffic, by release; each value holds until the next. */
  weights: Line[];
  /** What the gates said, on the line of the release that is coming in. */
  marks: Mark[];
  /** Percent of failed requests since the step began. */
  errorRates: Line[];
  /** The sequential test's evidence that the new release fails more often. */
  evidence: Evidence;
  /** Milliseconds within which half and 99 % of the requests since the step began were answered. */
  latencies: Line[];
  /** The sequential tests' evidence that the new release is slower. */
  latencyEvidence: Evidence;
}

/** Evidence over time, and from where on the gate fails; null where no test said so. */
export interface Evidence {
  lines: Line[];
  threshold: number | null;
}

/** Evidence is drawn on a logarithmic scale, between these. */
const LEAST_EVIDENCE = 1e-3;
const MOST_EVIDENCE = 1e6;

type Names = ReadonlyMap<string, string>;

function weightLines(events: readonly ChangeEvent[], names: Names): Line[] {
  const moves = movesIn(events).map(({ at, weights }) => ({ at: Date.parse(at), weights }));
  const releases = [...new Set([...names.keys(), ...moves.flatMap(({ weights }) => Object.keys(weights))])];
  const first = events[0];
  const last = events.at(-1);
  if (first === undefined || last === undefined || moves.length === 0) return [];
  const replaced = dataOf("opened", first)?.replaces?.id;
  return releases.map((release) => {
    const start: Point = [Date.parse(first.at), release === replaced ? 100 : 0];
    const points = moves.map(({ at, weights }): Point => [at, weights[release] ?? 0]);
    const end: Point = [Date.parse(last.at), points.at(-1)?.[1] ?? 0];
    return { name: names.get(release) ?? release, points: [start, ...points, end] };
  });
}

function marksOn(line: Line | undefined, events: readonly ChangeEvent[]): Mark[] {
  if (line === undefined) return [];
  return roundsIn(events).map((round) => {
    const at = Date.parse(round.at);
    const value = line.points.findLast(([time]) => time <= at)?.[1] ?? 0;
    return { ...round, point: [at, value] };
  });
}

/** Percent of requests that failed, as plots and tables show it (pure). */
export function percent({ requests, errors }: { requests: number; errors: number }): number {
  return requests === 0 ? 0 : Number(((100 * errors) / requests).toFixed(3));
}

function evidenceOf(looks: readonly TestLook[]): Evidence {
  const points = looks.map(
    ({ at, e }): Point => [Date.parse(at), Math.min(MOST_EVIDENCE, Math.max(LEAST_EVIDENCE, e))],
  );
  return {
    lines: points.length === 0 ? [] : [{ name: "evidence (E)", points }],
    threshold: looks.findLast(({ threshold }) => threshold !== null)?.threshold ?? null,
  };
}

const QUANTILES = [
  { quantile: "p50", words: "median" },
  { quantile: "p99", words: "p99" },
] as const;
const WHO = [
  { who: "stable", words: "the release before" },
  { who: "canary", words: "the new release" },
] as const;

function latencyLines(events: readonly ChangeEvent[]): Line[] {
  const looks = latencyLooksIn(events);
  const lines = WHO.flatMap(({ who, words }) =>
    QUANTILES.map(({ quantile, words: which }) => ({
      name: `${words}, ${which}`,
      points: looks.flatMap((look): Point[] => {
        const milliseconds = look[who]?.[quantile] ?? null;
        return milliseconds === null ? [] : [[Date.parse(look.at), milliseconds]];
      }),
    })),
  );
  return lines.filter(({ points }) => points.length > 0);
}

/** Takes the plots' numbers out of a record (pure). */
export function seriesOf(events: readonly ChangeEvent[], names: Names): Series {
  const looks = errorLooksIn(events);
  const at = (look: ErrorLook) => Date.parse(look.at);
  const stable = looks.flatMap((look): Point[] => (look.stable === null ? [] : [[at(look), percent(look.stable)]]));
  const canary = looks.map((look): Point => [at(look), percent(look.canary)]);
  const weights = weightLines(events, names);
  const coming = names.get(events[0] === undefined ? "" : (dataOf("opened", events[0])?.release?.id ?? ""));
  return {
    weights,
    marks: marksOn(weights.find(({ name }) => name === coming) ?? weights.at(-1), events),
    errorRates: [
      { name: "the release before", points: stable },
      { name: "the new release", points: canary },
    ].filter(({ points }) => points.length > 0),
    evidence: evidenceOf(looks),
    latencies: latencyLines(events),
    latencyEvidence: evidenceOf(latencyLooksIn(events)),
  };
}
