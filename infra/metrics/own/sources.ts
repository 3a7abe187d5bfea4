import { cloudWatchMetric } from "./cloudwatch.ts";
import { DATADOG_KEYS, type DatadogMetric, datadogMetric } from "./datadog.ts";
import { httpMetric } from "./http.ts";
import type { AskMetric, MetricRule, OwnMetric } from "./metric.ts";
import { prometheusMetric } from "./prometheus.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Where a metric of the team's own is asked for. */
export type OwnMetricSource =
  | { source: "prometheus"; url: string; region?: string | undefined }
  | { source: "cloudwatch"; region: string; period: number }
  | ({ source: "datadog" } & DatadogMetric)
  | { source: "http"; path: string; tokenFrom?: string | undefined };

/** A metric of the team's own as the settings have it. */
export type OwnMetricSettings = OwnMetricSource &
  Pick<MetricRule, "name" | "compare" | "query" | "for"> & { max?: number | undefined; min?: number | undefined };

function askFrom(source: OwnMetricSource, env: Environment): AskMetric {
  switch (source.source) {
    case "prometheus":
      return prometheusMetric({ url: source.url, region: source.region ?? null });
    case "cloudwatch":
      return cloudWatchMetric(source);
    case "datadog":
      return datadogMetric(source, env);
    case "http":
      return httpMetric({ path: source.path, tokenFrom: source.tokenFrom ?? null }, env);
  }
}

/** The metrics of the settings, ready to be asked. `scale` shortens how long they must be out of bounds. */
export function openOwnMetrics(
  settings: readonly OwnMetricSettings[],
  { env, scale }: { env: Environment; scale: number },
): OwnMetric[] {
  return settings.map((one) => ({
    name: one.name,
    compare: one.compare,
    query: one.query,
    max: one.max ?? null,
    min: one.min ?? null,
    for: one.for / scale,
    ask: askFrom(one, env),
  }));
}

/** The credentials that the sources are asked with, where they are in the environment: what must stand in no record (pure). */
export function metricCredentials(settings: readonly OwnMetricSource[], env: Environment): string[] {
  const names = settings.flatMap((one): readonly string[] => {
    if (one.source === "datadog") return DATADOG_KEYS;
    return one.source === "http" && one.tokenFrom !== undefined ? [one.tokenFrom] : [];
  });
  return [...new Set(names)].flatMap((name) => env[name] || []);
}
