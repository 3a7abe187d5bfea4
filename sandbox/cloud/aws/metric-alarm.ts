import { z } from "zod";
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
const dimensions = z.record(text, text);
const period = count.refine((seconds) => [10, 20, 30].includes(seconds) || (seconds > 0 && seconds % 60 === 0), {
  error: "is 10, 20, 30 or a multiple of 60 seconds",
});

const metricQuery = z.strictObject({
  id: text.regex(/^[a-z][a-zA-Z0-9_]*$/, "begins with a small letter and holds letters, digits and '_' alone"),
  accountId: text.optional(),
  expression: text.optional(),
  label: text.optional(),
  metric: z
    .strictObject({
      metricName: text,
      period,
      stat: text,
      dimensions: dimensions.optional(),
      namespace: text.optional(),
      unit: text.optional(),
    })
    .optional(),
  period: period.optional(),
  returnData: flag.optional(),
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
    metricName: text,
    metricQueries: z.array(metricQuery),
    name: text.max(255),
    namespace: text,
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

/** What CloudWatch refuses of an alarm that is well-formed. */
export const metricAlarmRules: readonly Rule[] = [
  {
    of: ["metricName", "metricQueries"],
    property: "metricName",
    broken: ({ metricName, metricQueries }) => (metricName === undefined) === (metricQueries === undefined),
    reason: "give exactly one of metricName and metricQueries",
  },
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
