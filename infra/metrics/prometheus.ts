import { queryPrometheus } from "../clients/prometheus.ts";
import { history } from "./history.ts";
import { noSample, type ReadCounters } from "./reading.ts";
import { bucketSeries, type LabelRules, requestSeries } from "./series.ts";

/** What a Prometheus is asked: PromQL whose series have the labels that the rules read. */
export interface PrometheusQueries {
  url: string;
  requests: string;
  /** Buckets of a histogram; null where there is none. */
  durations: string | null;
  rules: Omit<LabelRules, "target">;
  /** How old a sample may be in milliseconds, where the query hides it: Prometheus' own scrape interval. */
  scrapeInterval: number;
}

/** A metric's name with or without matchers: series as they were scraped, with the times at which they were. */
const SELECTOR = /^\s*[a-zA-Z_:][a-zA-Z0-9_:]*\s*(\{(?:[^"{}]|"(?:[^"\\]|\\.)*")*\})?\s*$/;

/** Whether a query names series as they were scraped, and doesn't calculate (pure). */
function isSelector(query: string): boolean {
  return SELECTOR.test(query);
}

/** How far back series are asked for: Prometheus takes a series for gone after this long. */
const BACK = "5m";

/** Which process a series is of, by the labels that Prometheus itself puts on it. */
export function targetOf(labels: Readonly<Record<string, string>>): string | null {
  const instance = labels.instance ?? labels.pod;
  return instance === undefined ? null : `${labels.job ?? ""}/${instance}`;
}

/** The counters that a Prometheus has collected. */
export function prometheusSource(queries: PrometheusQueries): ReadCounters {
  const { url, requests, durations, scrapeInterval } = queries;
  const rules = { ...queries.rules, target: targetOf };
  const raw = isSelector(requests) && (durations === null || isSelector(durations));
  const ask = async (wanted: "vector" | "matrix") => {
    const over = wanted === "matrix" ? `[${BACK}]` : "";
    const [counted, timed] = await Promise.all([
      queryPrometheus({ url, query: `${requests}${over}`, wanted }),
      durations === null ? [] : queryPrometheus({ url, query: `${durations}${over}`, wanted }),
    ]);
    if (counted.length === 0) throw noSample(`${requests} has no series`);
    return { counted, timed };
  };
  if (raw) {
    return async () => {
      const { counted, timed } = await ask("matrix");
      return history(counted, timed, rules);
    };
  }
  return async () => {
    const { counted, timed } = await ask("vector");
    const to = Date.now();
    const targets = new Set(counted.flatMap(({ labels }) => targetOf(labels) ?? []));
    const series = { requests: requestSeries(counted, rules), buckets: bucketSeries(timed, rules) };
    return [{ from: to - scrapeInterval, to, targets: [...targets], ...series, counted: "all" }];
  };
}
