import type { ChangeEvent } from "../record/events.ts";
import { dataOf, errorRateEvidence } from "./event-data.ts";

/** Milliseconds since the epoch, and a value. */
export type Point = readonly [number, number];

export interface Line {
  name: string;
  points: Point[];
}

/** What the plots of a record show. */
export interface Series {
  /** Percent of the traffic, by release; each value holds until the next. */
  weights: Line[];
  /** Percent of failed requests since the step began. */
  errorRates: Line[];
  /** The sequential test's evidence that the new release is worse. */
  evidence: Line[];
  /** At which evidence the gate fails; null where no test said so. */
  threshold: number | null;
}

/** Evidence is drawn on a logarithmic scale, between these. */
const LEAST_EVIDENCE = 1e-3;
const MOST_EVIDENCE = 1e6;

type Names = ReadonlyMap<string, string>;

function weightLines(events: readonly ChangeEvent[], names: Names): Line[] {
  const moves = events.flatMap((event) => {
    const weights = dataOf("updated", event)?.weights ?? dataOf("restored", event)?.weights;
    return weights === undefined ? [] : [{ at: Date.parse(event.at), weights }];
  });
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

function percent({ requests, errors }: { requests: number; errors: number }): number {
  return requests === 0 ? 0 : Number(((100 * errors) / requests).toFixed(3));
}

/** Takes the plots' numbers out of a record (pure). */
export function seriesOf(events: readonly ChangeEvent[], names: Names): Series {
  const looks = events.flatMap((event) => {
    const gate = dataOf("gate", event);
    const evidence = errorRateEvidence.safeParse(gate?.evidence);
    return gate?.gate === "error-rate" && evidence.success ? [{ at: Date.parse(event.at), ...evidence.data }] : [];
  });
  const stable = looks.flatMap(({ at, stable: seen }): Point[] => (seen == null ? [] : [[at, percent(seen)]]));
  const canary = looks.map(({ at, canary: seen }): Point => [at, percent(seen)]);
  const evidence = looks.map(({ at, e }): Point => [at, Math.min(MOST_EVIDENCE, Math.max(LEAST_EVIDENCE, e))]);
  return {
    weights: weightLines(events, names),
    errorRates: [
      { name: "the release before", points: stable },
      { name: "the new release", points: canary },
    ].filter(({ points }) => points.length > 0),
    evidence: evidence.length === 0 ? [] : [{ name: "evidence (E)", points: evidence }],
    threshold: looks.findLast(({ threshold }) => threshold !== undefined)?.threshold ?? null,
  };
}
