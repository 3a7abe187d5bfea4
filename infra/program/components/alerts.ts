import { CompositeAlarm } from "@pulumi/aws/cloudwatch/compositeAlarm.js";
import { Dashboard } from "@pulumi/aws/cloudwatch/dashboard.js";
import { LogMetricFilter } from "@pulumi/aws/cloudwatch/logMetricFilter.js";
import { MetricAlarm, type MetricAlarmArgs } from "@pulumi/aws/cloudwatch/metricAlarm.js";
import { Topic } from "@pulumi/aws/sns/topic.js";
import { TopicSubscription } from "@pulumi/aws/sns/topicSubscription.js";
import type * as pulumi from "@pulumi/pulumi";
import type { LearntAlarm } from "../../domain/alarm.ts";
import { type LogSource, patternIn, type RequestMetric } from "../../settings/log-source.ts";
import {
  type AgeWatch,
  ALARM_BASICS,
  ageAlarms,
  LOG_SIGNALS,
  learntRequestAlarms,
  learntSignals,
  lineSignal,
  logAlarm,
  nodeAlarms,
  silentLogsAlarm,
} from "./alarm-rules.ts";
import { childOptions } from "./child-options.ts";
import { Component } from "./component.ts";
import { dashboardBody } from "./dashboard.ts";
import { type Ownership, tagsOf } from "./ownership.ts";

export interface AlertsArgs extends AgeWatch {
  /** Who gets a mail at every alarm, and when all of them are over; nobody unless it is set. A change wants a confirmation anew. */
  email: string | undefined;
  /** Where the pods' lines are. The log group is there before the stack: the cluster's log forwarder writes to it. */
  logs: LogSource;
  /** Where the gateway's requests are counted. */
  requests: RequestMetric;
  /** Encrypts the topic; its policy must allow CloudWatch to use it. */
  kmsKeyArn: pulumi.Input<string>;
  /** The cache clusters of the session store, each with alarms of its own. */
  cacheClusterIds: readonly string[];
  /** What incidents have taught, beside what everybody starts with; each adds an alarm. */
  learnt: readonly LearntAlarm[];
  owner: Ownership;
}

/**
 * What watches the stack between changes: a topic, metrics counted from the pods' JSON lines, alarms on them, on the session store and on
 * the secrets' ages, one that tells when all of them are over, and one dashboard.
 */
export class Alerts extends Component {
  readonly topicArn: pulumi.Output<string>;

  constructor(name: string, args: AlertsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("Alerts", name, opts);
    const tags = tagsOf(args.owner);
    const child = childOptions(this, opts);
    const topic = new Topic(
      name,
      { name, displayName: `Alarms of ${name}`, kmsMasterKeyId: args.kmsKeyArn, tags },
      child,
    );
    if (args.email !== undefined) {
      new TopicSubscription(name, { topic: topic.arn, protocol: "email", endpoint: args.email }, child);
    }
    const signals = [...LOG_SIGNALS, ...learntSignals(args.learnt)];
    const counted = [
      lineSignal(args.logs),
      ...signals.map(({ signal, pattern }) => ({ signal, pattern: patternIn(args.logs, pattern) })),
    ];
    for (const { signal, pattern } of counted) {
      const id = `${name}-${signal}`;
      const metricTransformation = { name: signal, namespace: name, value: "1", defaultValue: "0" };
      new LogMetricFilter(id, { name: id, logGroupName: args.logs.group, pattern, metricTransformation }, child);
    }
    const rules: AlarmRule[] = [
      silentLogsAlarm(name, args.logs),
      ...signals.map((signal) => logAlarm(name, signal)),
      ...learntRequestAlarms(name, args.requests, args.learnt),
      ...args.cacheClusterIds.flatMap((id) => nodeAlarms(id)),
      ...args.cacheClusterIds.slice(0, 1).flatMap((id) => ageAlarms(name, id, args)),
    ];
    const alarms = rules.map(({ id, told, ...rule }) => {
      const silent = told === undefined ? {} : { insufficientDataActions: [topic.arn] };
      return new MetricAlarm(
        id,
        { ...ALARM_BASICS, ...rule, name: id, alarmActions: [topic.arn], ...silent, tags },
        child,
      );
    });
    // One mail when everything is over, and one at the first start: each alarm's own would be a dozen.
    new CompositeAlarm(
      name,
      {
        alarmName: `${name}-any`,
        alarmDescription: `In ALARM while any alarm of ${name} is; the mail of that alarm says which one and why`,
        alarmRule: rules.map(({ id }) => `ALARM("${id}")`).join(" OR "),
        okActions: [topic.arn],
        tags,
      },
      { ...child, dependsOn: alarms },
    );
    new Dashboard(
      name,
      {
        dashboardName: name,
        // An ARN names its region in the fourth place; a dashboard needs it for every plot.
        dashboardBody: topic.arn.apply((arn) => {
          const { logs, cacheClusterIds } = args;
          return JSON.stringify(dashboardBody({ name, logs, region: arn.split(":")[3] ?? "", cacheClusterIds }));
        }),
      },
      child,
    );

    this.topicArn = topic.arn;
    this.registerOutputs({ topicArn: this.topicArn });
  }
}

/** An alarm's own inputs, beside what every alarm has. */
type AlarmRule = MetricAlarmArgs & {
  id: string;
  /** set where the topic is told, too, when the alarm has no data any more */
  told?: "without data too";
};
