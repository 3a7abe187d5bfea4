import { parseValue, type Sample } from "../../infra/clients/exposition.ts";
import type { Durations } from "../../infra/gates/gate.ts";
import type { ReadCounters } from "../../infra/metrics/reading.ts";

/** What each release's requests took, since its counters began. */
export interface Latencies {
  /** When they were read, in milliseconds since the epoch. */
  at: number;
  releases: Record<string, Durations>;
}

const MILLISECONDS = 1_000;

function describe({ metric, labels }: Sample): string {
  return `${metric}${JSON.stringify(labels)}`;
}

/** The cumulative counts of one release, by the bucket's bound in seconds. */
type Buckets = Map<number, number>;

function durationsOf(release: string, buckets: Buckets): Durations {
  const requests = buckets.get(Number.POSITIVE_INFINITY);
  if (requests === undefined) throw new Error(`the histogram of ${release} has no bucket le="+Inf"`);
  const rising = [...buckets]
    .filter(([bound]) => bound !== Number.POSITIVE_INFINITY)
    .sort(([one], [other]) => one - other);
  return {
    requests,
    bounds: rising.map(([bound]) => bound * MILLISECONDS),
    slower: rising.map(([, count]) => requests - count),
  };
}

/**
 * Pure: how long each release's requests took, from the buckets of a classic histogram in seconds; several series of a release and a
 * bound (methods, codes, instances) are added up.
 * @throws Error where a sample lacks a label, its bound or value is no number, or there is none at all
 */
export function durationsIn(samples: readonly Sample[], releaseLabel: string, at: number): Latencies {
  if (samples.length === 0) throw new Error("the metrics hold no bucket of the durations");
  const releases = new Map<string, Buckets>();
  for (const sample of samples) {
    const [release, le] = [sample.labels[releaseLabel], sample.labels.le];
    if (release === undefined || le === undefined)
      throw new Error(`${describe(sample)} lacks the label ${releaseLabel} or le`);
    const bound = parseValue(le);
    if (bound === null || Number.isNaN(bound) || bound <= 0)
      throw new Error(`${describe(sample)} has a bound that is no duration`);
    if (!Number.isFinite(sample.value) || sample.value < 0) throw new Error(`${describe(sample)} is ${sample.value}`);
    const buckets = releases.get(release) ?? new Map<number, number>();
    buckets.set(bound, (buckets.get(bound) ?? 0) + sample.value);
    releases.set(release, buckets);
  }
  return {
    at,
    releases: Object.fromEntries([...releases].map(([release, buckets]) => [release, durationsOf(release, buckets)])),
  };
}

/** The histograms in what a source counts: those of its newest reading. The function returned rejects where there are none. */
export function latenciesFrom(read: ReadCounters): () => Promise<Latencies> {
  return async () => {
    const [newest] = await read();
    if (newest === undefined || newest.buckets.length === 0) {
      throw new Error("the metrics hold no bucket of the durations");
    }
    const releases = new Map<string, Buckets>();
    for (const { release, le, value } of newest.buckets) {
      const buckets = releases.get(release) ?? new Map<number, number>();
      buckets.set(le, (buckets.get(le) ?? 0) + value);
      releases.set(release, buckets);
    }
    const all = [...releases].map(([release, buckets]) => [release, durationsOf(release, buckets)] as const);
    return { at: newest.to, releases: Object.fromEntries(all) };
  };
}
