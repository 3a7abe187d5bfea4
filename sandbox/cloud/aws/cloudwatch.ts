import { z } from "zod";
import { arn, isClusterLogs } from "../accounts.ts";
import { arnOf, count, flag, inputsOf, tags, text } from "./inputs.ts";
import { metricAlarmInputs, metricAlarmRules, watchedBy } from "./metric-alarm.ts";
import { type AnyAwsType, defineType } from "./resource.ts";
import type { CloudWatch } from "./watch.ts";

const RETENTIONS = new Set([
  0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
]);
const metricText = text.max(255, "has at most 255 characters").regex(/^[^:*$]+$/, "holds none of ':', '*' and '$'");
const arns = z.array(arnOf()).max(5, "has at most five");

function logTypes(watch: CloudWatch): AnyAwsType[] {
  const madeAt = new Map<string, number>();
  const group = defineType({
    type: "aws:cloudwatch/logGroup:LogGroup",
    inputs: inputsOf(
      {},
      {
        deletionProtectionEnabled: flag,
        kmsKeyId: arnOf("kms"),
        logGroupClass: z.enum(["STANDARD", "INFREQUENT_ACCESS", "DELIVERY"]),
        name: text.regex(/^[a-zA-Z0-9_/.#-]{1,512}$/, "holds letters, digits and _/.#- alone, at most 512"),
        namePrefix: text,
        retentionInDays: count.refine((days) => RETENTIONS.has(days), {
          error: `is one of ${[...RETENTIONS].join(", ")}`,
        }),
        skipDestroy: flag,
        tags,
      },
    ),
    autoName: "name",
    replaces: ["name", "namePrefix", "logGroupClass"],
    defaults: { logGroupClass: "STANDARD", retentionInDays: 0, skipDestroy: false, deletionProtectionEnabled: false },
    unique: {
      key: ({ name }) => name ?? "",
      taken: (name) => `ResourceAlreadyExistsException: The specified log group ${name} already exists`,
    },
    id: ({ name }) => name ?? "",
    outputs: (_inputs, id) => ({ arn: arn("logs", `log-group:${id}`) }),
  });

  const filter = defineType({
    type: "aws:cloudwatch/logMetricFilter:LogMetricFilter",
    inputs: inputsOf(
      {
        logGroupName: text,
        metricTransformation: z
          .strictObject({
            name: metricText, // botocore, logs: MetricName, MetricNamespace, MetricValue
            namespace: metricText,
            value: text.max(100, "has at most 100 characters"),
            defaultValue: text.regex(/^-?\d+(\.\d+)?$/, "isn't a number").optional(),
            dimensions: z.record(text, text).optional(),
            unit: text.optional(),
          })
          .refine(({ defaultValue, dimensions }) => defaultValue === undefined || dimensions === undefined, {
            error: "has a defaultValue or dimensions, not both",
          }),
        pattern: text.max(1024, "has at most 1024 characters"), // FilterPattern
      },
      {
        applyOnTransformedLogs: flag,
        name: text.max(512).regex(/^[^:*]*$/, "holds neither ':' nor '*'"), // FilterName
      },
    ),
    autoName: "name",
    replaces: ["name", "logGroupName"],
    unique: {
      key: ({ name, logGroupName }) => `${logGroupName}:${name}`,
      taken: (key) => `ResourceAlreadyExistsException: The metric filter ${key} already exists`,
      again: "is a put",
    },
    id: ({ name }) => name ?? "",
    outputs: () => ({}),
    effects: {
      create: async ({ logGroupName }, { id }) => {
        madeAt.set(id, Date.now());
        if (!isClusterLogs(logGroupName) && !group.entries.has(logGroupName)) {
          throw new Error(`ResourceNotFoundException: The specified log group ${logGroupName} does not exist`);
        }
        return {};
      },
    },
  });
  watch.sources.groups = () => [...group.entries.keys()];
  watch.sources.filters = () =>
    [...filter.entries.values()].map(({ id, stack, inputs }) => ({
      stack,
      group: inputs.logGroupName,
      pattern: inputs.pattern,
      namespace: inputs.metricTransformation.namespace,
      metric: inputs.metricTransformation.name,
      madeAt: madeAt.get(id) ?? 0,
    }));
  return [group, filter];
}

/** The alarms that a composite alarm's rule names. */
function namedIn(rule: string): string[] {
  return [...rule.matchAll(/\b(?:ALARM|OK|INSUFFICIENT_DATA)\(\s*"?([^")]+)"?\s*\)/g)].map(([, name = ""]) =>
    name.replace(/^arn:[^:]+:cloudwatch:[^:]*:\d*:alarm:/, ""),
  );
}

function alarmTypes(watch: CloudWatch): AnyAwsType[] {
  const madeAt = new Map<string, number>();
  const metricAlarm = defineType({
    type: "aws:cloudwatch/metricAlarm:MetricAlarm",
    inputs: metricAlarmInputs,
    rules: metricAlarmRules,
    autoName: "name",
    replaces: ["name"],
    defaults: { actionsEnabled: true, treatMissingData: "missing" },
    unique: {
      key: ({ name }) => name ?? "",
      taken: (name) => `ResourceAlreadyExists: an alarm with the name ${name} already exists`,
      again: "is a put",
    },
    id: ({ name }) => name ?? "",
    outputs: (_inputs, id) => ({ arn: arn("cloudwatch", `alarm:${id}`) }),
    effects: {
      create: async (_inputs, { id }) => {
        madeAt.set(id, Date.now());
        return {};
      },
      // DeleteAlarms' documentation: an alarm that a composite one's rule names can't be deleted.
      remove: async ({ id }) => {
        const [user] = [...compositeAlarm.entries.values()].filter(({ inputs }) =>
          namedIn(inputs.alarmRule).includes(id),
        );
        if (user === undefined) return;
        throw new Error(
          `ValidationError: ${id} cannot be deleted as there are composite alarms depending on it: ${user.id}`,
        );
      },
    },
  });
  watch.sources.alarms = () =>
    [...metricAlarm.entries.values()].map(({ id, stack, inputs }) => ({
      stack,
      name: id,
      watched: watchedBy(inputs),
      evaluationPeriods: inputs.evaluationPeriods ?? 1,
      comparison: inputs.comparisonOperator ?? "",
      threshold: inputs.threshold ?? 0,
      missing: inputs.treatMissingData ?? "missing",
      madeAt: madeAt.get(id) ?? 0,
    }));

  const compositeAlarm = defineType({
    type: "aws:cloudwatch/compositeAlarm:CompositeAlarm",
    inputs: inputsOf(
      { alarmName: text.max(255), alarmRule: text.min(1).max(10_240) },
      {
        actionsEnabled: flag,
        actionsSuppressor: z.strictObject({ alarm: text, extensionPeriod: count, waitPeriod: count }),
        alarmActions: arns,
        alarmDescription: text.max(1024),
        insufficientDataActions: arns,
        okActions: arns,
        tags,
      },
    ),
    replaces: ["alarmName", "actionsEnabled"],
    defaults: { actionsEnabled: true },
    unique: {
      key: ({ alarmName }) => alarmName,
      taken: (name) => `ResourceAlreadyExists: an alarm with the name ${name} already exists`,
      again: "is a put",
    },
    id: ({ alarmName }) => alarmName,
    outputs: (_inputs, id) => ({ arn: arn("cloudwatch", `alarm:${id}`) }),
    effects: { create: (inputs) => mustStand(inputs.alarmRule), update: (inputs) => mustStand(inputs.alarmRule) },
  });
  /** PutCompositeAlarm's documentation: a rule names alarms that there are, 100 at most. */
  const mustStand = async (rule: string) => {
    const names = namedIn(rule);
    if (names.length > 100) throw new Error("ValidationError: AlarmRule names more than 100 alarms");
    const missing = names.filter((name) => !metricAlarm.entries.has(name) && !compositeAlarm.entries.has(name));
    if (missing.length > 0)
      throw new Error(`ValidationError: AlarmRule names no alarm of the account: ${missing.join(", ")}`);
    return {};
  };
  return [metricAlarm, compositeAlarm];
}

const dashboardSchema = z.object({
  widgets: z.array(z.object({ type: text, properties: z.record(text, z.unknown()) })),
});

function isDashboard(body: string): boolean {
  try {
    return dashboardSchema.safeParse(JSON.parse(body)).success;
  } catch {
    return false;
  }
}

function dashboardType(): AnyAwsType {
  return defineType({
    type: "aws:cloudwatch/dashboard:Dashboard",
    inputs: inputsOf(
      {
        dashboardBody: text.refine(isDashboard, {
          error: "isn't a dashboard: it needs a list of widgets, each with its type and properties",
        }),
        dashboardName: text.regex(/^[a-zA-Z0-9_-]{1,255}$/, "holds letters, digits, '_' and '-' alone"),
      },
      {},
    ),
    replaces: ["dashboardName"],
    unique: {
      key: ({ dashboardName }) => dashboardName,
      taken: (name) => `ResourceAlreadyExists: the dashboard ${name} already exists`,
      again: "is a put",
    },
    id: ({ dashboardName }) => dashboardName,
    outputs: (_inputs, id) => ({ dashboardArn: arn("cloudwatch", `dashboard/${id}`, { region: "" }) }),
  });
}

/** Log groups, metric filters, alarms and dashboards. `watch` knows what is declared, so that the alarms can be evaluated. */
export function cloudwatchTypes(watch: CloudWatch): AnyAwsType[] {
  return [...logTypes(watch), ...alarmTypes(watch), dashboardType()];
}
