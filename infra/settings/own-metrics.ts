import { z } from "zod";
import { duration } from "../domain/durations.ts";
import { DATADOG_SITES } from "../metrics/own/datadog-sites.ts";
import { COMPARISONS, RELEASE, STABLE } from "../metrics/own/metric.ts";
import { awsRegion } from "./aws-names.ts";
import { positiveDuration, textOf } from "./parts.ts";

const MINUTE = 60_000;

/** Any address but one with a user or a password in it, which would stand in the stack file. */
function address(example: string) {
  return z.url({ protocol: /^https?$/, error: `write an address such as "${example}"` }).refine(
    (text) => {
      if (!URL.canParse(text)) return true;
      const { username, password } = new URL(text);
      return username === "" && password === "";
    },
    { error: "has a user or a password in it: a stack file is no place for them", abort: true },
  );
}

const bound = z.number({ error: "write a number" });
const query = z
  .string()
  .min(1)
  .refine((text) => text.includes(RELEASE), `must have ${RELEASE} in it, or it says nothing of one release`);

const shared = {
  /** What the gate calls it. */
  name: textOf(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, `write a name such as "orders-per-minute"`),
  compare: z.enum(COMPARISONS),
  max: bound.optional(),
  min: bound.optional(),
  /** How long it must be out of bounds before it fails; until then it holds. */
  for: duration.prefault("1m"),
};

const source = z.discriminatedUnion(
  "source",
  [
    z.strictObject({
      source: z.literal("prometheus"),
      ...shared,
      url: address("http://prometheus.monitoring:9090"),
      query,
      /** Of Amazon Managed Service for Prometheus: its requests are signed with the credentials of the AWS environment. */
      region: awsRegion.optional(),
    }),
    z.strictObject({
      source: z.literal("cloudwatch"),
      ...shared,
      /** One expression of metric math: SEARCH(...) or SELECT ... within a SUM, an AVG, ... */
      query,
      region: awsRegion,
      period: positiveDuration
        .refine((milliseconds) => milliseconds % MINUTE === 0, "write whole minutes")
        .prefault("1m"),
    }),
    z.strictObject({
      source: z.literal("datadog"),
      ...shared,
      query,
      site: z.enum(DATADOG_SITES).default("datadoghq.com"),
      /** How far back points are asked for. */
      over: positiveDuration.prefault("5m"),
    }),
    z
      .strictObject({
        source: z.literal("http"),
        ...shared,
        /** The address that is asked. */
        query: query.pipe(address(`https://figures.example.com/orders?release=${RELEASE}`)),
        /** Where in the answer the number is. */
        path: textOf(
          /^([^.\s]+(\.[^.\s]+)*)?$/,
          `write a path such as "data.0.value", or "" where the answer is the number`,
        ).default(""),
        /** The environment's variable with a bearer token. */
        tokenFrom: textOf(
          /^METRICS_TOKEN(_[A-Z0-9_]+)?$/,
          `write a variable such as "METRICS_TOKEN" or "METRICS_TOKEN_ORDERS"`,
        ).optional(),
      })
      .refine(({ query: asked, tokenFrom }) => tokenFrom === undefined || asked.startsWith("https:"), {
        path: ["query"],
        error: "must begin with https: where a token is sent",
      }),
  ],
  { error: `write source: "prometheus", "cloudwatch", "datadog" or "http"` },
);

/** `gates.metrics`: what the team itself measures of a release. */
export const ownMetricsSchema = z
  .array(
    source
      .refine(({ max, min }) => max !== undefined || min !== undefined, {
        path: ["max"],
        error: "write max, min or both: without a bound nothing is judged",
      })
      .refine(({ max, min }) => max === undefined || min === undefined || min <= max, {
        path: ["min"],
        error: "is above max: no value would do",
      })
      .refine(({ compare, query: asked }) => compare === "limit" || !asked.includes(STABLE), {
        path: ["query"],
        error: `has ${STABLE} in it, and a ratio or a difference is asked with each release in place of ${RELEASE}: leave ${STABLE} out, or take compare: limit`,
      }),
  )
  .superRefine((all, context) => {
    for (const [index, { name }] of all.entries()) {
      if (all.findIndex((one) => one.name === name) < index)
        context.addIssue({ code: "custom", path: [index, "name"], message: "names two metrics: rename one" });
    }
  })
  .default([]);
