import { z } from "zod";
import { answerIn } from "../../clients/http.ts";
import { answerOf, finite, onlyOne } from "./answer.ts";
import type { DATADOG_SITES } from "./datadog-sites.ts";
import type { AskMetric } from "./metric.ts";

const WHO = "Datadog";

/** The variables that Datadog's keys are in. */
export const DATADOG_KEYS = ["DD_API_KEY", "DD_APP_KEY"] as const;

export interface DatadogMetric {
  site: (typeof DATADOG_SITES)[number];
  /** The length of the time that points are asked for, in milliseconds. */
  over: number;
}

/**
 * What was counted may come so many seconds after its time: DogStatsD sends every 10 s what it got in the 10 s before
 * (docs.datadoghq.com, DogStatsD Data Aggregation), and all of a release's Agents must have.
 */
const SENT_WITHIN = 30;
/** Seconds of a point where an answer doesn't say: the API's rollup over four hours (docs.datadoghq.com, Rollup). */
const ANY_INTERVAL = 60;

/** A point is of the time from its timestamp (milliseconds) until `interval` seconds later (API v1, MetricsQueryMetadata). */
const seriesSchema = z.object({
  interval: z.number().nonnegative().default(ANY_INTERVAL),
  pointlist: z.array(z.tuple([z.number(), z.number().nullable()])),
});
const answerSchema = z.object({ status: z.string(), series: z.array(seriesSchema).default([]) });

/**
 * Pure: the newest value in an answer of the query API, v1, whose time is over: the point of a time that isn't has a part of the sum alone.
 * @param to the end of the time asked for, in seconds since the epoch
 * @throws Error where there isn't exactly one series with such a value
 */
export function newestPoint(text: string, to: number): number {
  const { status, series } = answerIn(WHO, text, answerSchema);
  if (status !== "ok") throw new Error(`${WHO} could not answer the query: look whether it is right`);
  const { pointlist, interval } = onlyOne(WHO, series);
  const points = pointlist.filter(([, value]) => value !== null);
  const whole = points.filter(([time]) => time / 1_000 + interval <= to);
  const [, newest = null] = whole.reduce<readonly [number, number | null]>(
    (latest, point) => (point[0] >= latest[0] ? point : latest),
    [Number.NEGATIVE_INFINITY, null],
  );
  if (newest === null) {
    const part =
      points.length === 0 ? "" : ` but of ${interval} s that weren't over: ask for a longer time with \`over\``;
    throw new Error(`${WHO} has no value for the query in the time asked for${part}`);
  }
  return finite(WHO, newest);
}

/** A query of Datadog's, with the keys DD_API_KEY and DD_APP_KEY of the environment. */
export function datadogMetric(
  { site, over }: DatadogMetric,
  env: Readonly<Record<string, string | undefined>>,
  api: string = `https://api.${site}`,
): AskMetric {
  return async (query, signal) => {
    const missing = DATADOG_KEYS.filter((name) => !env[name]);
    if (missing.length > 0) throw new Error(`${missing.join(" and ")} must be set in the environment to ask ${WHO}`);
    const url = new URL(`${api}/api/v1/query`);
    const to = Math.floor(Date.now() / 1_000) - SENT_WITHIN;
    url.searchParams.set("from", String(to - Math.ceil(over / 1_000)));
    url.searchParams.set("to", String(to));
    url.searchParams.set("query", query);
    const headers = {
      "dd-api-key": env.DD_API_KEY ?? "",
      "dd-application-key": env.DD_APP_KEY ?? "",
    };
    const { status, text } = await answerOf({ who: WHO, url, headers, signal });
    if (status !== 200) throw new Error(`${WHO} at ${url.host} answered ${status}`);
    return newestPoint(text, to);
  };
}
