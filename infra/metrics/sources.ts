import { prometheusSource } from "./prometheus.ts";
import type { ReadCounters } from "./reading.ts";
import { type ServiceReader, scrapeSource } from "./scrape.ts";
import { labelIs } from "./series.ts";

/** Where requests are counted: a gateway's own metrics, or a Prometheus that collects them. */
export type MetricsSource =
  | {
      source: "scrape";
      namespace: string;
      service: string;
      port: number;
      path: string;
      metric: string;
      durations?: string | undefined;
      releaseLabel: string;
      codeLabel: string;
    }
  | {
      source: "prometheus";
      url: string;
      query: string;
      durations?: string | undefined;
      scrapeInterval: number;
    };

/** How to read the counters that the settings name. The function returned rejects where there is no sense. */
export function countersFrom(source: MetricsSource, cluster: ServiceReader): ReadCounters {
  if (source.source === "prometheus") {
    const { url, query, durations = null, scrapeInterval } = source;
    const rules = { release: labelIs("release"), code: "code", second: 1 };
    return prometheusSource({ url, requests: query, durations, rules, scrapeInterval });
  }
  const { namespace, service, port, path, metric, durations = null, releaseLabel, codeLabel } = source;
  const rules = { release: labelIs(releaseLabel), code: codeLabel, second: 1 };
  return scrapeSource({ namespace, service, port, path }, { requests: metric, durations, rules }, cluster);
}
