import { z } from "zod";
import { answerOf, finite, jsonOf, onlyOne } from "./answer.ts";
import type { AskMetric } from "./metric.ts";
import { type Sign, signerFor } from "./signed.ts";

const WHO = "CloudWatch";

export interface CloudWatchMetric {
  region: string;
  /** The length of a data point, in milliseconds. */
  period: number;
}

/** Periods that are asked for: the newest ones may not be there yet. */
const PERIODS = 5;

const answerSchema = z.object({
  MetricDataResults: z.array(z.object({ Values: z.array(z.number()), StatusCode: z.string().default("Complete") })),
  Messages: z.array(z.object({ Code: z.string(), Value: z.string() })).default([]),
  NextToken: z.string().nullish(),
});

/**
 * Pure: the newest value in an answer of GetMetricData (the newest data point is the first).
 * @throws Error where there isn't exactly one series with a whole answer
 */
export function newestValue(text: string): number {
  const answer = answerSchema.safeParse(jsonOf(WHO, text));
  if (!answer.success) throw new Error(`${WHO} answered nonsense: ${z.prettifyError(answer.error)}`);
  const { MetricDataResults: results, Messages: messages, NextToken: more } = answer.data;
  const [said] = messages;
  if (said !== undefined) throw new Error(`${WHO} says ${said.Code}: ${said.Value}`);
  if (typeof more === "string") throw new Error(`${WHO} has more series than one answer holds: make it one`);
  const { Values: values, StatusCode: status } = onlyOne(WHO, results);
  if (status !== "Complete") throw new Error(`${WHO} answered a part of the data alone (${status})`);
  const [newest] = values;
  if (newest === undefined) throw new Error(`${WHO} has no data point in the last ${PERIODS} periods`);
  return finite(WHO, newest);
}

const refusalSchema = z.object({
  __type: z.string(),
  message: z.string().optional(),
  Message: z.string().optional(),
});

/** Pure: why a request was refused. What is said of a signature repeats the request's headers, so only of the query it is told. */
export function refusalOf(status: number, text: string): string {
  const answer = refusalSchema.safeParse(parsed(text));
  if (!answer.success) return `${WHO} answered ${status}`;
  const type = answer.data.__type.replace(/^.*#/, "").slice(0, 80);
  const ofQuery = /^(InvalidParameter|InvalidFormat|MissingRequiredParameter|Validation)/.test(type);
  const said = answer.data.message ?? answer.data.Message;
  return `${WHO} answered ${status}: ${type}${ofQuery && said !== undefined ? `: ${said.slice(0, 300)}` : ""}`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** GetMetricData of one expression of metric math, over whole periods alone: the running one is half counted (pure). */
export function questionOf(expression: string, period: number, now: number) {
  const end = Math.floor(now / period) * period;
  return {
    MetricDataQueries: [{ Id: "asked", Expression: expression, Period: period / 1_000, ReturnData: true }],
    StartTime: (end - PERIODS * period) / 1_000,
    EndTime: end / 1_000,
    ScanBy: "TimestampDescending",
  };
}

function endpointOf(region: string): string {
  const domain = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  return `https://monitoring.${region}.${domain}/`;
}

/**
 * Metric math that comes to one series, through CloudWatch's API with JSON (API model: awsJson1.0, target
 * GraniteServiceVersion20100801). Needs the permission cloudwatch:GetMetricData.
 */
export function cloudWatchMetric(
  { region, period }: CloudWatchMetric,
  sign: Sign = signerFor("monitoring", region),
  endpoint: string = endpointOf(region),
): AskMetric {
  return async (query, signal) => {
    const [url, body] = [new URL(endpoint), JSON.stringify(questionOf(query, period, Date.now()))];
    const headers = await sign({
      method: "POST",
      url,
      body,
      headers: {
        "content-type": "application/x-amz-json-1.0",
        "x-amz-target": "GraniteServiceVersion20100801.GetMetricData",
      },
    });
    const { status, text } = await answerOf({ who: WHO, url, method: "POST", headers, body, signal });
    if (status !== 200) throw new Error(refusalOf(status, text));
    return newestValue(text);
  };
}
