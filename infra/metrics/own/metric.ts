/** Gives the one number that a query comes to now. Rejects, naming no credential, where there is no such number. */
export type AskMetric = (query: string, signal: AbortSignal) => Promise<number>;

export const COMPARISONS = ["ratio", "difference", "limit"] as const;

/** How a metric of the team's own is judged. */
export interface MetricRule {
  name: string;
  /**
   * `ratio` and `difference` ask for the judged release and for the stable one and hold them against each other;
   * `limit` asks once.
   */
  compare: (typeof COMPARISONS)[number];
  query: string;
  max: number | null;
  min: number | null;
  /** How long every look must find it out of bounds before it fails: milliseconds on the wall. */
  for: number;
}

export interface OwnMetric extends MetricRule {
  ask: AskMetric;
}

export const RELEASE = "{{release}}";
export const STABLE = "{{stable}}";

/** Whether a metric says something only while the stable release has users too (pure). */
export function isCompared({ compare, query }: Pick<MetricRule, "compare" | "query">): boolean {
  return compare !== "limit" || query.includes(STABLE);
}

/** A query with the releases' ids in it (pure). */
export function queryFor(query: string, { release, stable }: { release: string; stable: string | null }): string {
  const named = query.replaceAll(RELEASE, release);
  return stable === null ? named : named.replaceAll(STABLE, stable);
}
