import { isObject, type Json, type Props } from "../../../sandbox/cloud/wire.ts";
import type { Operation } from "../recorder/journal.ts";
import { type Call, call, objectsOf, type Translation, tagChange, tagList, textOf } from "./call.ts";

type Params = Parameters<typeof call>[3];
const sns = (operation: Operation, name: string, params: Params): Call => call(operation, "sns", name, params);
const logs = (operation: Operation, name: string, params: Params): Call => call(operation, "logs", name, params);
const cloudwatch = (operation: Operation, name: string, params: Params): Call =>
  call(operation, "cloudwatch", name, params);

const readTopic = (operation: Operation): Call[] => [
  sns(operation, "GetTopicAttributes", { TopicArn: operation.id }),
  sns(operation, "ListTagsForResource", { ResourceArn: operation.id }),
];

const TOPIC_ATTRIBUTES = { displayName: "DisplayName", kmsMasterKeyId: "KmsMasterKeyId", policy: "Policy" };

const setAttributes = (operation: Operation): Call[] =>
  Object.entries(TOPIC_ATTRIBUTES).flatMap(([property, AttributeName]) => {
    const value = operation.inputs[property];
    if (value === undefined || value === operation.before[property]) return [];
    return [sns(operation, "SetTopicAttributes", { TopicArn: operation.id, AttributeName, AttributeValue: value })];
  });

/** internal/service/sns/topic.go */
export const topic: Translation = {
  create: (operation) => [
    sns(operation, "CreateTopic", { Name: operation.inputs.name, Tags: tagList(operation.inputs.tags) }),
    ...setAttributes(operation),
    ...readTopic(operation),
  ],
  update: (operation) => {
    const { removed, set } = tagChange(operation);
    const resource = { ResourceArn: operation.id };
    return [
      ...setAttributes(operation),
      ...(removed.length === 0 ? [] : [sns(operation, "UntagResource", { ...resource, TagKeys: removed })]),
      ...(Object.keys(set).length === 0 ? [] : [sns(operation, "TagResource", { ...resource, Tags: tagList(set) })]),
      ...readTopic(operation),
    ];
  },
  remove: (operation) => [sns(operation, "DeleteTopic", { TopicArn: operation.id })],
  read: readTopic,
};

const readSubscription = (operation: Operation): Call[] => [
  sns(operation, "GetSubscriptionAttributes", { SubscriptionArn: operation.id }),
];

/** internal/service/sns/topic_subscription.go */
export const subscription: Translation = {
  create: (operation) => [
    sns(operation, "Subscribe", {
      TopicArn: operation.inputs.topic,
      Protocol: operation.inputs.protocol,
      Endpoint: operation.inputs.endpoint,
      ReturnSubscriptionArn: true,
    }),
    ...readSubscription(operation),
  ],
  update: readSubscription,
  remove: (operation) => [sns(operation, "Unsubscribe", { SubscriptionArn: operation.id })],
  read: readSubscription,
};

const readGroup = (operation: Operation): Call[] => [
  logs(operation, "DescribeLogGroups", { logGroupNamePrefix: operation.id }),
  logs(operation, "ListTagsForResource", { resourceArn: textOf(operation.outputs, "arn") }),
];

const retention = (operation: Operation): Call[] => {
  const { retentionInDays } = operation.inputs;
  if (retentionInDays === undefined || retentionInDays === operation.before.retentionInDays) return [];
  return [logs(operation, "PutRetentionPolicy", { logGroupName: operation.id, retentionInDays })];
};

/** internal/service/logs/group.go */
export const logGroup: Translation = {
  create: (operation) => [
    logs(operation, "CreateLogGroup", {
      logGroupName: operation.inputs.name,
      kmsKeyId: operation.inputs.kmsKeyId,
      tags: tagChange(operation).set,
    }),
    ...retention(operation),
    ...readGroup(operation),
  ],
  update: (operation) => {
    const { removed, set } = tagChange(operation);
    const resource = { resourceArn: textOf(operation.outputs, "arn") };
    const { kmsKeyId } = operation.inputs;
    return [
      ...retention(operation),
      ...(kmsKeyId === undefined || kmsKeyId === operation.before.kmsKeyId
        ? []
        : [logs(operation, "AssociateKmsKey", { logGroupName: operation.id, kmsKeyId })]),
      ...(removed.length === 0 ? [] : [logs(operation, "UntagResource", { ...resource, tagKeys: removed })]),
      ...(Object.keys(set).length === 0 ? [] : [logs(operation, "TagResource", { ...resource, tags: set })]),
      ...readGroup(operation),
    ];
  },
  remove: (operation) => [logs(operation, "DeleteLogGroup", { logGroupName: operation.id })],
  read: readGroup,
};

function transformation(value: Json | undefined): Json[] {
  if (!isObject(value)) return [];
  const fallback = value.defaultValue === undefined ? {} : { defaultValue: Number(value.defaultValue) };
  return [
    {
      metricName: String(value.name),
      metricNamespace: String(value.namespace),
      metricValue: String(value.value),
      ...fallback,
    },
  ];
}

const readFilter = (operation: Operation): Call[] => [
  logs(operation, "DescribeMetricFilters", {
    filterNamePrefix: operation.id,
    logGroupName: operation.inputs.logGroupName,
  }),
];

const putFilter = (operation: Operation): Call[] => [
  logs(operation, "PutMetricFilter", {
    filterName: operation.inputs.name,
    logGroupName: operation.inputs.logGroupName,
    filterPattern: operation.inputs.pattern,
    metricTransformations: transformation(operation.inputs.metricTransformation),
  }),
  ...readFilter(operation),
];

/** internal/service/logs/metric_filter.go */
export const metricFilter: Translation = {
  create: putFilter,
  update: putFilter,
  remove: (operation) => [
    logs(operation, "DeleteMetricFilter", {
      filterName: operation.id,
      logGroupName: operation.inputs.logGroupName,
    }),
  ],
  read: readFilter,
};

const dimensions = (value: Json | undefined): Json[] | undefined =>
  isObject(value) ? Object.entries(value).map(([Name, inner]) => ({ Name, Value: String(inner) })) : undefined;

function metricQuery(query: Props): Json {
  const { metric } = query;
  const stat = isObject(metric)
    ? {
        MetricStat: {
          Metric: {
            Namespace: String(metric.namespace),
            MetricName: String(metric.metricName),
            Dimensions: Object.entries(isObject(metric.dimensions) ? metric.dimensions : {}).map(([Name, inner]) => ({
              Name,
              Value: String(inner),
            })),
          },
          Period: Number(metric.period),
          Stat: String(metric.stat),
        },
      }
    : {};
  return {
    Id: String(query.id),
    ...(typeof query.expression === "string" ? { Expression: query.expression } : {}),
    ...(typeof query.label === "string" ? { Label: query.label } : {}),
    ReturnData: query.returnData === true,
    ...stat,
  };
}

const readAlarm = (operation: Operation): Call[] => [
  cloudwatch(operation, "DescribeAlarms", { AlarmNames: [operation.id] }),
  cloudwatch(operation, "ListTagsForResource", { ResourceARN: textOf(operation.outputs, "arn") }),
];

function putAlarm(operation: Operation, tags: Record<string, Json>): Call {
  const { inputs } = operation;
  const queries = objectsOf(inputs, "metricQueries");
  return cloudwatch(operation, "PutMetricAlarm", {
    AlarmName: inputs.name,
    AlarmDescription: inputs.alarmDescription,
    ActionsEnabled: true,
    AlarmActions: inputs.alarmActions,
    OKActions: inputs.okActions,
    InsufficientDataActions: inputs.insufficientDataActions,
    ComparisonOperator: inputs.comparisonOperator,
    DatapointsToAlarm: inputs.datapointsToAlarm,
    EvaluationPeriods: inputs.evaluationPeriods,
    Threshold: inputs.threshold,
    TreatMissingData: inputs.treatMissingData,
    MetricName: inputs.metricName,
    Namespace: inputs.namespace,
    Period: inputs.period,
    Statistic: inputs.statistic,
    Dimensions: dimensions(inputs.dimensions),
    Metrics: queries.length === 0 ? undefined : queries.map(metricQuery),
    ...tags,
  });
}

/** internal/service/cloudwatch/metric_alarm.go */
export const metricAlarm: Translation = {
  create: (operation) => [putAlarm(operation, { Tags: tagList(operation.inputs.tags) }), ...readAlarm(operation)],
  update: (operation) => {
    const { removed, set } = tagChange(operation);
    const resource = { ResourceARN: textOf(operation.outputs, "arn") };
    return [
      putAlarm(operation, {}),
      ...(removed.length === 0 ? [] : [cloudwatch(operation, "UntagResource", { ...resource, TagKeys: removed })]),
      ...(Object.keys(set).length === 0
        ? []
        : [cloudwatch(operation, "TagResource", { ...resource, Tags: tagList(set) })]),
      ...readAlarm(operation),
    ];
  },
  remove: (operation) => [cloudwatch(operation, "DeleteAlarms", { AlarmNames: [operation.id] })],
  read: readAlarm,
};

function putComposite(operation: Operation, tags: Record<string, Json>): Call {
  const { inputs } = operation;
  return cloudwatch(operation, "PutCompositeAlarm", {
    AlarmName: inputs.alarmName,
    AlarmDescription: inputs.alarmDescription,
    AlarmRule: inputs.alarmRule,
    ActionsEnabled: true,
    AlarmActions: inputs.alarmActions,
    OKActions: inputs.okActions,
    InsufficientDataActions: inputs.insufficientDataActions,
    ...tags,
  });
}

/** internal/service/cloudwatch/composite_alarm.go */
export const compositeAlarm: Translation = {
  create: (operation) => [
    putComposite(operation, { Tags: tagList(operation.inputs.tags) }),
    ...readComposite(operation),
  ],
  update: (operation) => {
    const { removed, set } = tagChange(operation);
    const resource = { ResourceARN: textOf(operation.outputs, "arn") };
    return [
      putComposite(operation, {}),
      ...(removed.length === 0 ? [] : [cloudwatch(operation, "UntagResource", { ...resource, TagKeys: removed })]),
      ...(Object.keys(set).length === 0
        ? []
        : [cloudwatch(operation, "TagResource", { ...resource, Tags: tagList(set) })]),
      ...readComposite(operation),
    ];
  },
  remove: (operation) => [cloudwatch(operation, "DeleteAlarms", { AlarmNames: [operation.id] })],
  read: (operation) => readComposite(operation),
};

const readComposite = (operation: Operation): Call[] => [
  cloudwatch(operation, "DescribeAlarms", { AlarmNames: [operation.id], AlarmTypes: ["CompositeAlarm"] }),
  cloudwatch(operation, "ListTagsForResource", { ResourceARN: textOf(operation.outputs, "arn") }),
];

const readDashboard = (operation: Operation): Call[] => [
  cloudwatch(operation, "GetDashboard", { DashboardName: operation.id }),
];
const putDashboard = (operation: Operation): Call[] => [
  cloudwatch(operation, "PutDashboard", {
    DashboardName: operation.inputs.dashboardName,
    DashboardBody: operation.inputs.dashboardBody,
  }),
  ...readDashboard(operation),
];

/** internal/service/cloudwatch/dashboard.go */
export const dashboard: Translation = {
  create: putDashboard,
  update: putDashboard,
  remove: (operation) => [cloudwatch(operation, "DeleteDashboards", { DashboardNames: [operation.id] })],
  read: readDashboard,
};
