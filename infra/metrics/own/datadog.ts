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
  /** How far back points are asked for, in milliseconds. */
  over: number;
}

const answerSchema = z.object({
  status: z.string(),
  series: z.array(z.object({ pointlist: z.array(z.tuple([z.number(), z.number().nullable()])) })).default([]),
});

/**
 * Pure: the newest value in an answer of the query API, v1.
 * @throws Error where there isn't exactly one series with a value
 */
export function newestPoint(text: string): number {
  const { status, series } = answerIn(WHO, text, answerSchema);
  if (status !== "ok") throw new Error(`${WHO} could not answer the query: look whether it is right`);
  const points = onlyOne(WHO, series).pointlist.filter(([, value]) => value !== null);
  const [, newest = null] = points.reduce<readonly [number, number | null]>(
    (latest, point) => (point[0] >= latest[0] ? point : latest),
    [Number.NEGATIVE_INFINITY, null],
  );
  if (newest === null) throw new Error(`${WHO} has no value for the query in the time asked for`);
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
    const now = Math.floor(Date.now() / 1_000);
    url.searchParams.set("from", String(now - Math.ceil(over / 1_000)));
    url.searchParams.set("to", String(now));
    url.searchParams.set("query", query);
    const headers = {
      "dd-api-key": env.DD_API_KEY ?? "",
      "dd-application-key": env.DD_APP_KEY ?? "",
    };
    const { status, text } = await answerOf({ who: WHO, url, headers, signal });
    if (status !== 200) throw new Error(`${WHO} at ${url.host} answered ${status}`);
    return newestPoint(text);
  };
}
