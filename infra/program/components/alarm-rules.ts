import type { LearntAlarm } from "../../domain/alarm.ts";
import { formatDuration } from "../../domain/durations.ts";
import { SECRET_NAMES, type SecretName } from "../../domain/releases.ts";
import { type Aging, overdueFrom, rotateBy } from "../../domain/rotation-age.ts";
import { anyLineIn, type LogSource, type RequestMetric } from "../../settings/log-source.ts";

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
const MESSAGES = ["$.error.message", "$.error.cause.message"];
const CODES = ["$.error.code", "$.error.cause.code"];

/** A filter pattern has 1,024 characters at most, so each text is looked for only where it may stand. */
const anyError = (fields: readonly string[], ...texts: string[]) =>
  `{ ${texts.flatMap((text) => fields.map((field) => `(${field} = "*${text}*")`)).join(" || ")} }`;

export const LOG_SIGNALS: readonly LogSignal[] = [
  {
    signal: "error-lines",
    pattern: `{ $.level = "error" }`,
    threshold: 10,
    meaning: "The application logs errors: compare with the last change record",
  },
  {
    signal: "refused-credentials",
    pattern: anyError(MESSAGES, "WRONGPASS", "NOAUTH", "Invalid API key", "password authentication failed"),
    threshold: 1,
    meaning: "A dependency refuses the application's credentials: was a secret revoked too early?",
  },
  {
    signal: "lost-connections",
    pattern: anyError([...MESSAGES, ...CODES], "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "ENOTFOUND"),
    threshold: 5,
    meaning: "A dependency can't be reached: the database incident runbook begins here",
  },
];

/** Five minutes, in seconds: over how long an alarm sums or averages. */
const PERIOD = 300;

/** How every alarm looks at its metric: without data it says that it has none, which is neither green nor red. */
export const ALARM_BASICS = {
  evaluationPeriods: 1,
  comparisonOperator: "GreaterThanOrEqualToThreshold",
  treatMissingData: "missing",
};

/** Counts every line of the application: what the alarms on logs see at all. */
export function lineSignal(source: LogSource) {
  return { signal: "log-lines", pattern: anyLineIn(source) };
}

/** Rings where no line has come for an hour, and tells of it too where nothing can be counted any more. */
export function silentLogsAlarm(name: string, { group, namespace }: LogSource) {
  return {
    id: `${name}-log-lines`,
    alarmDescription: `No log line of ${namespace} has come to ${group} for an hour, so the other alarms on logs see nothing: look at the log forwarder, and at the setting logs`,
    namespace: name,
    metricName: "log-lines",
    statistic: "Sum",
    period: PERIOD,
    evaluationPeriods: 3_600 / PERIOD,
    threshold: 1,
    comparisonOperator: "LessThanThreshold",
    told: "without data too",
  } as const;
}

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
 * Alarms of silence over the gateway's requests, as CloudWatch's agent takes them from the gateway's Prometheus metrics (pure): where
 * it takes none, they say once that they have no data. A stack that nobody uses at night wants a longer period.
 */
export function learntRequestAlarms(
  name: string,
  { namespace, metric, dimensions }: RequestMetric,
  learnt: readonly LearntAlarm[],
) {
  return learnt.flatMap(({ over, signal, meaning, change }) =>
    over === "requests"
      ? [
          {
            id: `${name}-${signal}`,
            alarmDescription: `${meaning} (${change})`,
            namespace,
            metricName: metric,
            dimensions: { ...dimensions },
            statistic: "Sum",
            period: 60,
            threshold: 1,
            comparisonOperator: "LessThanThreshold",
            told: "without data too",
          } as const,
        ]
      : [],
  );
}

/** The alarms of one Redis node: sessions are lost when its memory is full, logins time out when its one thread is. */
export function nodeAlarms(cacheClusterId: string) {
  const alarm = (what: string, metricName: string, alarmDescription: string) => ({
    id: `${cacheClusterId}-${what}`,
    alarmDescription,
    namespace: "AWS/ElastiCache",
    metricName,
    dimensions: { CacheClusterId: cacheClusterId },
    statistic: "Average",
    period: PERIOD,
    threshold: 80,
  });
  const memory = "Redis is running out of memory and will soon evict sessions: take a larger node type";
  const cpu = "Redis' engine thread is busy: take a larger node type or look for costly commands";
  return [alarm("memory", "DatabaseMemoryUsagePercentage", memory), alarm("cpu", "EngineCPUUtilization", cpu)];
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
