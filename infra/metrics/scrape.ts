import { parseExposition, type Sample } from "../clients/exposition.ts";
import type { ServicePath } from "../clients/kubernetes.ts";
import { noSample, type ReadCounters } from "./reading.ts";
import { bucketSeries, type LabelRules, requestSeries } from "./series.ts";

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

/**
 * The samples of a scrape that count, as series of one process, whose start makes a part of its name where the scrape has it
 * (`process_start_time_seconds`, as every Prometheus client shows it): a restart is then seen however fast the counters grow (pure).
 * @throws Error where they make no sense
 */
export function countScrape(samples: readonly Sample[], process: string, metrics: ScrapedMetrics) {
  const { requests, durations, rules } = metrics;
  const began = samples.find(({ metric }) => metric === "process_start_time_seconds")?.value;
  const target = began === undefined ? process : `${process} since ${began}`;
  const counted = samples.filter(({ metric }) => metric === requests);
  const timed = durations === null ? [] : samples.filter(({ metric }) => metric === `${durations}_bucket`);
  const named = { ...rules, target: () => target };
  return {
    target,
    requests: requestSeries(counted, named),
    buckets: bucketSeries(timed, named),
    samples: counted.length,
  };
}

/** Reads one process' own counters; behind several instances of a Gateway use Prometheus, which scrapes each. */
export function scrapeSource(at: ServicePath, metrics: ScrapedMetrics, cluster: ServiceReader): ReadCounters {
  const process = `${at.namespace}/${at.service}:${at.port}`;
  return async () => {
    const from = Date.now();
    const text = await cluster.serviceProxyText(at);
    const to = Date.now();
    const { samples, target, ...series } = countScrape(parseExposition(text), process, metrics);
    if (samples === 0) throw noSample(`${metrics.requests} has none`);
    return [{ from, to, targets: [target], ...series, counted: "all" }];
  };
}
