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

const anyError = (...texts: string[]) => `{ ${texts.map((text) => `($.error = "*${text}*")`).join(" || ")} }`;

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
