import { prometheusSource } from "./prometheus.ts";
import type { ReadCounters } from "./reading.ts";
import { type ServiceReader, scrapeSource } from "./scrape.ts";
import type { LabelRules } from "./series.ts";

/** Whose requests are counted: the application's name is the start of its Services' and Deployments', the release's id the end. */
export interface Counted {
  namespace: string;
  application: string;
}

/** Where a Gateway's metrics are read: from a Prometheus, or from its one instance through the API server. */
export interface MetricsPlace {
  url?: string | undefined;
  /** Milliseconds. */
  scrapeInterval: number;
  scrape?: { namespace: string; service: string; port: number; path: string } | undefined;
}

/** A Gateway's metrics: their names, the matchers of those that count, and what their labels say. */
export interface GatewayMetrics {
  requests: string;
  /** A histogram, without `_bucket`; null where there is none. */
  durations: string | null;
  matchers: string;
  rules: Omit<LabelRules, "target">;
}

/** A Gateway's counters from where the settings say that they are. */
export function gatewaySource(
  { url, scrape, scrapeInterval }: MetricsPlace,
  { requests, durations, matchers, rules }: GatewayMetrics,
  cluster: ServiceReader,
): ReadCounters {
  if (scrape !== undefined) return scrapeSource(scrape, { requests, durations, rules }, cluster);
  return prometheusSource({
    url: url ?? "",
    requests: `${requests}{${matchers}}`,
    durations: durations === null ? null : `${durations}_bucket{${matchers}}`,
    rules,
    scrapeInterval,
  });
}
