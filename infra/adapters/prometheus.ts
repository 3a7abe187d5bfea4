import { request } from "undici";
import { z } from "zod";
import { bucketsOf, nativeHistogram } from "./native-histogram.ts";
import { parseValue, type Sample } from "./scrape.ts";

/** Milliseconds that Prometheus may take. */
const ANSWER_WITHIN = 5_000;

const point = z.tuple([z.number(), z.string()]);

const labels = z.record(z.string(), z.string());

const answerSchema = z.discriminatedUnion("status", [
  z.object({
    status: z.literal("success"),
    data: z.object({
      resultType: z.literal("vector"),
      result: z.array(
        z.union([
          z.object({ metric: labels, value: point }),
          z.object({ metric: labels, histogram: z.tuple([z.number(), nativeHistogram]) }),
        ]),
      ),
    }),
  }),
  z.object({ status: z.literal("error"), errorType: z.string(), error: z.string() }),
]);

/** Pure: the samples in an answer of `/api/v1/query`; a native histogram comes as the buckets of a classic one. Throws an Error that says what is wrong with any other text. */
export function parseQueryAnswer(text: string): Sample[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Error("Prometheus answered something that is not JSON");
  }
  const answer = answerSchema.safeParse(json);
  if (!answer.success) throw new Error(`Prometheus answered nonsense: ${z.prettifyError(answer.error)}`);
  if (answer.data.status === "error") {
    throw new Error(`Prometheus refused the query: ${answer.data.errorType}: ${answer.data.error}`);
  }
  return answer.data.data.result.flatMap((found) => {
    const { metric } = found;
    const name = metric.__name__ ?? "";
    if ("histogram" in found) {
      return bucketsOf(found.histogram[1]).map(({ le, value }) => ({ metric: name, labels: { ...metric, le }, value }));
    }
    const [, text] = found.value;
    const value = parseValue(text);
    if (value === null) throw new Error(`Prometheus answered the value ${JSON.stringify(text)}, which is no number`);
    return [{ metric: name, labels: metric, value }];
  });
}

async function answerOf(url: URL): Promise<{ status: number; text: string }> {
  const { statusCode, body } = await request(url, {
    headers: { accept: "application/json" },
    signal: AbortSignal.timeout(ANSWER_WITHIN),
  });
  return { status: statusCode, text: await body.text() };
}

/**
 * Asks a Prometheus an instant query that returns a vector.
 * @throws Error where it can't be reached, refuses, or answers anything but a vector of numbers
 */
export async function queryPrometheus({ url, query }: { url: string; query: string }): Promise<Sample[]> {
  const asked = new URL(`${url.replace(/\/+$/, "")}/api/v1/query`);
  asked.searchParams.set("query", query);
  const { status, text } = await answerOf(asked).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`Prometheus at ${asked.host} could not be reached: ${why}`);
  });
  // Prometheus explains a refused query in the body of a 4xx; anything else that isn't a 200 is no Prometheus' answer.
  if (status !== 200 && status !== 400 && status !== 422)
    throw new Error(`Prometheus at ${asked.host} answered ${status}`);
  return parseQueryAnswer(text);
}
