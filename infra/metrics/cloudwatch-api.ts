import { z } from "zod";
import { answerIn } from "../clients/http.ts";
import { parsedJson } from "../domain/json.ts";
import { answerOf } from "./own/answer.ts";
import type { Sign } from "./own/signed.ts";

/** Whom an error names. */
export const CLOUDWATCH = "CloudWatch";

/** A period's data point may come, or still change, so much later: senders send every 60 s, and CloudWatch takes its time. In milliseconds. */
export const SETTLED_AFTER = 120_000;

const refusalSchema = z.object({
  __type: z.string(),
  message: z.string().optional(),
  Message: z.string().optional(),
});

const dataSchema = z.object({
  MetricDataResults: z.array(
    z.object({
      Id: z.string().default(""),
      Timestamps: z.array(z.number()).default([]),
      Values: z.array(z.number()),
      StatusCode: z.string().default("Complete"),
    }),
  ),
  Messages: z.array(z.object({ Code: z.string(), Value: z.string() })).default([]),
  NextToken: z.string().nullish(),
});
/** One series of an answer: its values, each with its time in seconds since the epoch. */
export type MetricData = z.infer<typeof dataSchema>["MetricDataResults"][number];

/**
 * Pure: the series in an answer of GetMetricData, and whether there are more of them.
 * @throws Error where it is no such answer, or has a message
 */
export function seriesIn(text: string): { series: MetricData[]; more: boolean } {
  const { MetricDataResults: series, Messages: messages, NextToken: more } = answerIn(CLOUDWATCH, text, dataSchema);
  const [said] = messages;
  if (said !== undefined) throw new Error(`${CLOUDWATCH} says ${said.Code}: ${said.Value}`);
  return { series, more: typeof more === "string" };
}

/** Pure: why a request was refused. What is said of a signature repeats the request's headers, so only of the query it is told. */
export function refusalOf(status: number, text: string): string {
  const answer = refusalSchema.safeParse(parsedJson(text));
  if (!answer.success) return `${CLOUDWATCH} answered ${status}`;
  const type = answer.data.__type.replace(/^.*#/, "").slice(0, 80);
  const ofQuery = /^(InvalidParameter|InvalidFormat|MissingRequiredParameter|Validation)/.test(type);
  const said = answer.data.message ?? answer.data.Message;
  return `${CLOUDWATCH} answered ${status}: ${type}${ofQuery && said !== undefined ? `: ${said.slice(0, 300)}` : ""}`;
}

/** Where a region's CloudWatch is asked. */
export function endpointOf(region: string): string {
  const domain = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  return `https://monitoring.${region}.${domain}/`;
}

/**
 * The answer to GetMetricData, through CloudWatch's API with JSON (API model: awsJson1.0, target GraniteServiceVersion20100801). Needs the
 * permission cloudwatch:GetMetricData.
 * @throws Error where it can't be asked or refuses
 */
export async function metricData(
  question: object,
  { endpoint, sign, signal }: { endpoint: string; sign: Sign; signal: AbortSignal },
): Promise<string> {
  const [url, body] = [new URL(endpoint), JSON.stringify(question)];
  const headers = await sign({
    method: "POST",
    url,
    body,
    headers: {
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": "GraniteServiceVersion20100801.GetMetricData",
    },
  });
  const { status, text } = await answerOf({ who: CLOUDWATCH, url, method: "POST", headers, body, signal });
  if (status !== 200) throw new Error(refusalOf(status, text));
  return text;
}
