import { z } from "zod";
import type { Props } from "../wire.ts";
import type { Watched } from "./alarm-evaluation.ts";
import { arnOf, count, flag, inputsOf, type Rule, tags, text } from "./inputs.ts";

const COMPARISONS = [
  "GreaterThanOrEqualToThreshold",
  "GreaterThanThreshold",
  "LessThanThreshold",
  "LessThanOrEqualToThreshold",
  "LessThanLowerOrGreaterThanUpperThreshold",
  "LessThanLowerThreshold",
  "GreaterThanUpperThreshold",
] as const;

const arns = z.array(arnOf()).max(5, "has at most five");
/** botocore, cloudwatch: Dimensions, DimensionName, DimensionValue, MetricName, Namespace. */
const dimensions = z
  .record(text.min(1).max(255), text.min(1).max(1024))
  .refine((all) => Object.keys(all).length <= 30, { error: "has at most 30 dimensions" });
const metricName = text.min(1).max(255, "has at most 255 characters");
const namespace = metricName.regex(/^[^:]/, "doesn't begin with ':'");
const period = count.refine((seconds) => [10, 20, 30].includes(seconds) || (seconds > 0 && seconds % 60 === 0), {
  error: "is 10, 20, 30 or a multiple of 60 seconds",
});

const metricQuery = z
  .strictObject({
    id: text.regex(/^[a-z][a-zA-Z0-9_]*$/, "begins with a small letter and holds letters, digits and '_' alone"),
    accountId: text.optional(),
    expression: text.optional(),
    label: text.optional(),
    metric: z
      .strictObject({
        metricName,
        period,
        stat: text,
        dimensions: dimensions.optional(),
        namespace: namespace.optional(),
        unit: text.optional(),
      })
      .optional(),
    period: period.optional(),
    returnData: flag.optional(),
  })
  .refine(({ expression, metric }) => (expression === undefined) !== (metric === undefined), {
    error: "has an expression or a metric, exactly one",
  });
type MetricQuery = z.infer<typeof metricQuery>;

/** The one expression that the sandbox evaluates: the time of a metric's newest datapoint. */
const EPOCH = /^EPOCH\(([a-z][a-zA-Z0-9_]*)\)$/;

/** What an alarm of several queries watches; null where the sandbox can't evaluate it. */
function watchedByQueries(queries: readonly MetricQuery[]): Watched | null {
  const asked = queries.find(({ returnData }) => returnData === true);
  const id = EPOCH.exec(asked?.expression ?? "")?.[1];
  const metric = queries.find((query) => query.id === id)?.metric;
  if (metric === undefined) return null;
  const { namespace = "", metricName, dimensions: of = {}, period: seconds } = metric;
  return { kind: "epoch", namespace, metric: metricName, dimensions: of, period: seconds };
}

const metricQueries = z
  .array(metricQuery)
  .min(1)
  .max(20, "has at most twenty")
  .refine((queries) => new Set(queries.map(({ id }) => id)).size === queries.length, {
    error: "names an id twice: each query has an id of its own",
  })
  .refine((queries) => queries.filter(({ returnData }) => returnData === true).length === 1, {
    error: "returns data from exactly one query: set returnData to true there, and to false in the others",
  })
  .refine((queries) => watchedByQueries(queries) !== null, {
    error: "isn't evaluated by the sandbox: it takes EPOCH(id) of a metric among the queries",
  });

/** The inputs of a CloudWatch metric alarm. */
export const metricAlarmInputs = inputsOf(
  {},
  {
    comparisonOperator: z.enum(COMPARISONS),
    evaluationPeriods: count.min(1),
    actionsEnabled: flag,
    alarmActions: arns,
    alarmDescription: text.max(1024),
    datapointsToAlarm: count.min(1),
    dimensions,
    evaluateLowSampleCountPercentiles: z.enum(["evaluate", "ignore"]),
    extendedStatistic: text,
    insufficientDataActions: arns,
    metricName,
    metricQueries,
    name: text.min(1).max(255, "has at most 255 characters"),
    namespace,
    okActions: arns,
    period,
    statistic: z.enum(["SampleCount", "Average", "Sum", "Minimum", "Maximum"]),
    tags,
    threshold: z.number(),
    thresholdMetricId: text,
    treatMissingData: z.enum(["missing", "ignore", "breaching", "notBreaching"]),
    unit: text,
  },
);

type MetricAlarmInputs = z.infer<typeof metricAlarmInputs>;

/** What an alarm watches: the sum of one metric, or the time of one. */
export function watchedBy({ metricQueries: queries = [], ...alone }: MetricAlarmInputs): Watched {
  const { namespace = "", metricName = "", dimensions: of = {}, period: seconds = 60 } = alone;
  const sum = { kind: "sum" as const, namespace, metric: metricName, dimensions: of, period: seconds };
  return watchedByQueries(queries) ?? sum;
}

/** What an alarm of several queries says in each of them, and so not of itself. */
const OF_ONE_METRIC = ["namespace", "dimensions", "period", "unit", "statistic", "extendedStatistic"];

/** What CloudWatch refuses of an alarm that is well-formed. */
export const metricAlarmRules: readonly Rule[] = [
  {
    of: ["metricName", "metricQueries"],
    property: "metricName",
    broken: ({ metricName, metricQueries }) => (metricName === undefined) === (metricQueries === undefined),
    reason: "give exactly one of metricName and metricQueries",
  },
  ...OF_ONE_METRIC.map((property) => ({
    of: [property, "metricQueries"],
    property,
    broken: (inputs: Props) => inputs.metricQueries !== undefined && inputs[property] !== undefined,
    reason: "can't stand beside metricQueries: say it in the query",
  })),
  {
    of: ["metricName", "statistic", "extendedStatistic"],
    property: "statistic",
    broken: ({ metricName, statistic, extendedStatistic }) =>
      metricName !== undefined && (statistic === undefined) === (extendedStatistic === undefined),
    reason: "give exactly one of statistic and extendedStatistic with metricName",
  },
  {
    of: ["comparisonOperator", "evaluationPeriods"],
    property: "comparisonOperator",
    broken: ({ comparisonOperator, evaluationPeriods }) =>
      comparisonOperator === undefined || evaluationPeriods === undefined,
    reason: "is needed together with evaluationPeriods",
  },
  {
    of: ["threshold", "thresholdMetricId"],
    property: "threshold",
    broken: ({ threshold, thresholdMetricId }) => (threshold === undefined) === (thresholdMetricId === undefined),
    reason: "give exactly one of threshold and thresholdMetricId",
  },
  {
    of: ["datapointsToAlarm", "evaluationPeriods"],
    property: "datapointsToAlarm",
    broken: ({ datapointsToAlarm, evaluationPeriods }) =>
      typeof datapointsToAlarm === "number" &&
      typeof evaluationPeriods === "number" &&
      datapointsToAlarm > evaluationPeriods,
    reason: "can't be above evaluationPeriods",
  },
];
