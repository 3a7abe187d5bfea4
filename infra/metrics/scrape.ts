import { parseExposition, type Sample } from "./exposition.ts";
import type { ReadCounters } from "./reading.ts";
import { bucketSeries, type LabelRules, requestSeries } from "./series.ts";

/** A path of a service in the cluster. */
export interface ServicePath {
  namespace: string;
  service: string;
  port: number;
  path: string;
}

/** Reads the text there, as `Kubernetes` does through the API server's service proxy. */
export interface ServiceReader {
  serviceProxyText(at: ServicePath): Promise<string>;
}

/** Which metrics of a scrape count: `durations` is a histogram's name, null where there is none. */
export interface ScrapedMetrics {
  requests: string;
  durations: string | null;
  rules: Omit<LabelRules, "target">;
}

/** The samples of a scrape that count, as series of one process (pure). @throws Error where they make no sense */
export function countScrape(
  samples: readonly Sample[],
  target: string,
  { requests, durations, rules }: ScrapedMetrics,
) {
  const counted = samples.filter(({ metric }) => metric === requests);
  const timed = durations === null ? [] : samples.filter(({ metric }) => metric === `${durations}_bucket`);
  const named = { ...rules, target: () => target };
  return { requests: requestSeries(counted, named), buckets: bucketSeries(timed, named), samples: counted.length };
}

/** Reads one process' own counters; behind several instances of a Gateway use Prometheus, which scrapes each. */
export function scrapeSource(at: ServicePath, metrics: ScrapedMetrics, cluster: ServiceReader): ReadCounters {
  const target = `${at.namespace}/${at.service}:${at.port}`;
  return async () => {
    const from = Date.now();
    const text = await cluster.serviceProxyText(at);
    const to = Date.now();
    const { samples, ...series } = countScrape(parseExposition(text), target, metrics);
    if (samples === 0) throw new Error(`the metrics hold no sample of the requests (${metrics.requests})`);
    return [{ from, to, targets: [target], ...series, counted: "all" }];
  };
}
