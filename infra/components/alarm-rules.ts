import type { LearntAlarm } from "../incident/alarm.ts";

/** What is counted in the application's JSON log lines. */
export interface LogSignal {
  /** The metric's name. */
  signal: string;
  /** CloudWatch's filter pattern over the line's fields. */
  pattern: string;
  /** Lines within five minutes from which on somebody is told. */
  threshold: number;
  meaning: string;
}

/** Where a line's error says what it is: drivers give a code or a message, and what wraps them names them as the cause. */
const ERROR_TEXTS = ["$.error.message", "$.error.code", "$.error.cause.message", "$.error.cause.code"];

const anyError = (...texts: string[]) =>
  `{ ${texts.flatMap((text) => ERROR_TEXTS.map((field) => `(${field} = "*${text}*")`)).join(" || ")} }`;

export const LOG_SIGNALS: readonly LogSignal[] = [
  {
    signal: "error-lines",
    pattern: `{ $.level = "error" }`,
    threshold: 10,
    meaning: "The application logs errors: compare with the last change record",
  },
  {
    signal: "refused-credentials",
    pattern: anyError("WRONGPASS", "NOAUTH", "Invalid API key", "password authentication failed"),
    threshold: 1,
    meaning: "A dependency refuses the application's credentials: was a secret revoked too early?",
  },
  {
    signal: "lost-connections",
    pattern: anyError("ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "ENOTFOUND"),
    threshold: 5,
    meaning: "A dependency can't be reached: the database incident runbook begins here",
  },
];

/** Where CloudWatch's agent puts the requests that the gateway counts. */
const REQUESTS = { namespace: "ContainerInsights/Prometheus", metric: "gateway_requests_total" } as const;

/** How every alarm looks at its metric: sums over five minutes, and silence is no alarm. */
export const ALARM_BASICS = {
  period: 300,
  evaluationPeriods: 1,
  comparisonOperator: "GreaterThanOrEqualToThreshold",
  treatMissingData: "notBreaching",
};

/** The alarm of a log signal. `namespace` is where its filter counts. */
export function logAlarm(namespace: string, { signal, threshold, meaning }: LogSignal) {
  return {
    id: `${namespace}-${signal}`,
    alarmDescription: meaning,
    namespace,
    metricName: signal,
    statistic: "Sum",
    threshold,
  };
}

/** What is counted in the log lines for the alarms that incidents have taught; one line is enough (pure). */
export function learntSignals(learnt: readonly LearntAlarm[]): LogSignal[] {
  return learnt.flatMap((alarm) =>
    alarm.over === "logs"
      ? [{ signal: alarm.signal, pattern: alarm.pattern, threshold: 1, meaning: `${alarm.meaning} (${alarm.change})` }]
      : [],
  );
}

/**
 * Alarms of silence over the gateway's requests, as CloudWatch's agent takes them from the gateway's Prometheus metrics (pure).
 * A stack that nobody uses at night wants a longer period.
 */
export function learntRequestAlarms(name: string, learnt: readonly LearntAlarm[]) {
  return learnt.flatMap(({ over, signal, meaning, change }) =>
    over === "requests"
      ? [
          {
            id: `${name}-${signal}`,
            alarmDescription: `${meaning} (${change})`,
            namespace: REQUESTS.namespace,
            metricName: REQUESTS.metric,
            dimensions: { ClusterName: name },
            statistic: "Sum",
            period: 60,
            threshold: 1,
            comparisonOperator: "LessThanThreshold",
            treatMissingData: "breaching",
          },
        ]
      : [],
  );
}

/** The alarms of one Redis node: sessions are lost when its memory is full, logins time out when its one thread is. */
export function nodeAlarms(cacheClusterId: string) {
  const node = {
    namespace: "AWS/ElastiCache",
    statistic: "Average",
    dimensions: { CacheClusterId: cacheClusterId },
  };
  return [
    {
      ...node,
      id: `${cacheClusterId}-memory`,
      alarmDescription: "Redis is running out of memory and will soon evict sessions: take a larger node type",
      metricName: "DatabaseMemoryUsagePercentage",
      threshold: 80,
    },
    {
      ...node,
      id: `${cacheClusterId}-cpu`,
      alarmDescription: "Redis' engine thread is busy: take a larger node type or look for costly commands",
      metricName: "EngineCPUUtilization",
      threshold: 80,
    },
  ];
}

/** The ids that ElastiCache gives the nodes of a replication group: `<group>-001` and on. */
export function cacheClusterIds(replicationGroupId: string, nodes: number): string[] {
  return Array.from({ length: nodes }, (_, index) => `${replicationGroupId}-${String(index + 1).padStart(3, "0")}`);
}
