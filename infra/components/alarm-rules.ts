import { formatDuration } from "../durations.ts";
import type { LearntAlarm } from "../incident/alarm.ts";
import { SECRET_NAMES, type SecretName } from "../releases.ts";
import { type Aging, overdueFrom, rotateBy } from "../secrets/rotation-age.ts";

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

/** Five minutes, in seconds: over how long an alarm sums or averages. */
const PERIOD = 300;

/** How every alarm looks at its metric: silence is no alarm. */
export const ALARM_BASICS = {
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
    period: PERIOD,
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
    period: PERIOD,
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

/** Whose age is watched, and where. */
export interface AgeWatch {
  secrets: Readonly<Record<SecretName, Aging>>;
  /** The age at which a generation is to be rotated, in milliseconds. */
  maxAge: number;
  /** The Pulumi stack, as it is typed. */
  stack: string;
}

/**
 * One alarm a secret, which rings from the day on that it is to be rotated by, with nothing of ours running (pure): metric math reads
 * the time off a metric that is there for as long as the session store is. A gap in that metric changes nothing of the alarm.
 */
export function ageAlarms(name: string, cacheClusterId: string, { secrets, maxAge, stack }: AgeWatch) {
  return SECRET_NAMES.map((secret) => {
    const day = rotateBy(secrets[secret], maxAge);
    return {
      id: `${name}-${secret}-age`,
      alarmDescription: `${secret} reaches rotation.maxAge (${formatDuration(maxAge)}) on ${day}: runbook rotate ${secret} --stack ${stack}`,
      metricQueries: [
        { id: "now", expression: "EPOCH(node)", label: "seconds since 1970", returnData: true },
        {
          id: "node",
          metric: {
            namespace: "AWS/ElastiCache",
            metricName: "EngineCPUUtilization",
            dimensions: { CacheClusterId: cacheClusterId },
            stat: "Average",
            period: PERIOD,
          },
          returnData: false,
        },
      ],
      threshold: overdueFrom(day) / 1_000,
      treatMissingData: "ignore",
    };
  });
}
