import { z } from "zod";
import { parseValue, type Sample } from "./exposition.ts";
import { answerIn, ask } from "./http.ts";
import { bucketsOf, nativeHistogram } from "./native-histogram.ts";

const point = z.tuple([z.number(), z.string()]);
const labels = z.record(z.string(), z.string());
const counted = z.object({ metric: labels, value: point });
const distributed = z.object({ metric: labels, histogram: z.tuple([z.number(), nativeHistogram]) });

const answerSchema = z.discriminatedUnion("status", [
  z.object({
    status: z.literal("success"),
    data: z.discriminatedUnion("resultType", [
      z.object({ resultType: z.literal("vector"), result: z.array(z.union([counted, distributed])) }),
      z.object({
        resultType: z.literal("matrix"),
        result: z.array(
          z.object({
            metric: labels,
            values: z.array(point).default([]),
            histograms: z.array(z.tuple([z.number(), nativeHistogram])).default([]),
          }),
        ),
      }),
    ]),
  }),
  z.object({ status: z.literal("error"), errorType: z.string(), error: z.string() }),
]);

/** A sample and when it was taken, in milliseconds since the epoch. */
export interface TimedSample extends Sample {
  at: number;
}

function timed(metric: Record<string, string>, [seconds, text]: z.infer<typeof point>): TimedSample {
  const value = parseValue(text);
  if (value === null) throw new Error(`Prometheus answered the value ${JSON.stringify(text)}, which is no number`);
  const { __name__: name = "", ...others } = metric;
  return { metric: name, labels: others, value, at: seconds * 1_000 };
}

function timedBuckets(
  metric: Record<string, string>,
  [seconds, histogram]: z.infer<typeof distributed>["histogram"],
): TimedSample[] {
  const { __name__: name = "", ...others } = metric;
  return bucketsOf(histogram).map(({ le, value }) => ({
    metric: name,
    labels: { ...others, le },
    value,
    at: seconds * 1_000,
  }));
}

/**
 * Pure: the samples in an answer of `/api/v1/query`: one a series of a vector, all of a matrix. A native
 * histogram comes as the buckets of a classic one.
 * @throws Error that says what is wrong with any other text
 */
export function parseQueryAnswer(text: string, wanted: "vector" | "matrix"): TimedSample[] {
  const answer = answerIn("Prometheus", text, answerSchema);
  if (answer.status === "error") throw new Error(`Prometheus refused the query: ${answer.errorType}: ${answer.error}`);
  const { data } = answer;
  if (data.resultType !== wanted) throw new Error(`Prometheus answered nonsense: a ${data.resultType}, no ${wanted}`);
  if (data.resultType === "vector") {
    return data.result.flatMap((found) =>
      "value" in found ? [timed(found.metric, found.value)] : timedBuckets(found.metric, found.histogram),
    );
  }
  return data.result.flatMap(({ metric, values, histograms }) => [
    ...values.map((value) => timed(metric, value)),
    ...histograms.flatMap((histogram) => timedBuckets(metric, histogram)),
  ]);
}

/** A query and the answer that it has to have. */
export interface Query {
  url: string;
  query: string;
  wanted: "vector" | "matrix";
  /** Further headers for the address that is asked, such as a signature. */
  headers?: (url: URL) => Promise<Record<string, string>>;
  signal?: AbortSignal;
}

/**
 * Asks a Prometheus a query.
 * @throws Error where it can't be reached, refuses, or answers anything but numbers
 */
export async function queryPrometheus({ url, query, wanted, headers, ...until }: Query): Promise<TimedSample[]> {
  const asked = new URL(`${url.replace(/\/+$/, "")}/api/v1/query`);
  asked.searchParams.set("query", query);
  // A signature is made over %20, and a + would be read as another character.
  asked.search = asked.search.replaceAll("+", "%20");
  const asking = async () => ask({ url: asked, headers: (await headers?.(asked)) ?? {}, ...until });
  const { status, text } = await asking().catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`Prometheus at ${asked.host} could not be reached: ${why}`);
  });
  // Prometheus explains a refused query in the body of a 4xx; anything else that isn't a 200 is no Prometheus' answer.
  if (status !== 200 && status !== 400 && status !== 422)
    throw new Error(`Prometheus at ${asked.host} answered ${status}`);
  return parseQueryAnswer(text, wanted);
}
