import { endpointOf, metricData, SETTLED_AFTER, seriesIn, CLOUDWATCH as WHO } from "../cloudwatch-api.ts";
import { finite, onlyOne } from "./answer.ts";
import type { AskMetric } from "./metric.ts";
import { type Sign, signerFor } from "./signed.ts";

export interface CloudWatchMetric {
  region: string;
  /** The length of a data point, in milliseconds. */
  period: number;
}

/** Periods that are asked for: one in which nothing was sent has no data point. */
const PERIODS = 5;

/**
 * Pure: the newest value in an answer of GetMetricData (the newest data point is the first).
 * @throws Error where there isn't exactly one series with a whole answer
 */
export function newestValue(text: string): number {
  const { series, more } = seriesIn(text);
  if (more) throw new Error(`${WHO} has more series than one answer holds: make it one`);
  const { Values: values, StatusCode: status } = onlyOne(WHO, series);
  if (status !== "Complete") throw new Error(`${WHO} answered a part of the data alone (${status})`);
  const [newest] = values;
  if (newest === undefined) throw new Error(`${WHO} has no data point in the last ${PERIODS} periods`);
  return finite(WHO, newest);
}

/** GetMetricData of one expression of metric math, over whole periods alone that are settled: later ones are half counted (pure). */
export function questionOf(expression: string, period: number, now: number) {
  const end = Math.floor((now - SETTLED_AFTER) / period) * period;
  return {
    MetricDataQueries: [{ Id: "asked", Expression: expression, Period: period / 1_000, ReturnData: true }],
    StartTime: (end - PERIODS * period) / 1_000,
    EndTime: end / 1_000,
    ScanBy: "TimestampDescending",
  };
}

/** Metric math that comes to one series. */
export function cloudWatchMetric(
  { region, period }: CloudWatchMetric,
  sign: Sign = signerFor("monitoring", region),
  endpoint: string = endpointOf(region),
): AskMetric {
  return async (query, signal) =>
    newestValue(await metricData(questionOf(query, period, Date.now()), { endpoint, sign, signal }));
}
