import type { Durations, Latencies } from "../gates/gate.ts";
import { parseExposition, parseValue, type Sample } from "./exposition.ts";
import { queryPrometheus } from "./prometheus-api.ts";
import type { ServiceReader } from "./scrape.ts";
import type { MetricsSource } from "./sources.ts";

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

/** How to read the histograms that the settings name. The function returned rejects where there is no sense. */
export function durationsFrom(source: MetricsSource, cluster: ServiceReader): () => Promise<Latencies> {
  const { durations } = source;
  if (durations === undefined)
    return () => Promise.reject(new Error("the setting metrics.durations names no histogram"));
  if (source.source === "prometheus") {
    const { url } = source;
    return async () =>
      durationsIn(await queryPrometheus({ url, query: durations, wanted: "vector" }), "release", Date.now());
  }
  const { namespace, service, port, path, releaseLabel } = source;
  return async () => {
    const samples = parseExposition(await cluster.serviceProxyText({ namespace, service, port, path }));
    const buckets = samples.filter(({ metric }) => metric === `${durations}_bucket`);
    return durationsIn(buckets, releaseLabel, Date.now());
  };
}
