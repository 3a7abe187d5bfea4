import { Dashboard } from "@pulumi/aws/cloudwatch/dashboard.js";
import { LogGroup } from "@pulumi/aws/cloudwatch/logGroup.js";
import { LogMetricFilter } from "@pulumi/aws/cloudwatch/logMetricFilter.js";
import { MetricAlarm } from "@pulumi/aws/cloudwatch/metricAlarm.js";
import { Topic } from "@pulumi/aws/sns/topic.js";
import { TopicSubscription } from "@pulumi/aws/sns/topicSubscription.js";
import * as pulumi from "@pulumi/pulumi";
import type { LearntAlarm } from "../incident/alarm.ts";
import {
  type AgeWatch,
  ALARM_BASICS,
  ageAlarms,
  LOG_SIGNALS,
  learntRequestAlarms,
  learntSignals,
  logAlarm,
  nodeAlarms,
} from "./alarm-rules.ts";
import { childOptions } from "./child-options.ts";
import { dashboardBody } from "./dashboard.ts";
import { type Ownership, tagsOf } from "./ownership.ts";

export interface AlertsArgs extends AgeWatch {
  /** Who gets a mail at every alarm and its end; must confirm the subscription once. */
  email: string | undefined;
  /** Encrypts the topic and the logs; its policy must allow CloudWatch to use it. */
  kmsKeyArn: pulumi.Input<string>;
  /** The cache clusters of the session store, each with alarms of its own. */
  cacheClusterIds: readonly string[];
  /** What incidents have taught, beside what everybody starts with. */
  learnt: readonly LearntAlarm[];
  owner: Ownership;
}

/**
 * What watches the stack between changes: a topic, the log group that the cluster's log forwarder writes the pods' JSON lines to,
 * metrics counted from those, alarms on them, on the session store and on the secrets' ages, and one dashboard.
 */
export class Alerts extends pulumi.ComponentResource {
  readonly topicArn: pulumi.Output<string>;
  readonly resources: readonly pulumi.Resource[];

  constructor(name: string, args: AlertsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("production-runbooks:index:Alerts", name, {}, opts);
    const tags = tagsOf(args.owner);
    const child = childOptions(this, opts);
    const topic = new Topic(
      name,
      { name, displayName: `Alarms of ${name}`, kmsMasterKeyId: args.kmsKeyArn, tags },
      child,
    );
    const mail = args.email === undefined ? [] : [subscription(name, { topic, email: args.email }, child)];
    const logs = new LogGroup(
      name,
      { name: `/production-runbooks/${name}`, retentionInDays: 90, kmsKeyId: args.kmsKeyArn, tags },
      child,
    );
    const signals = [...LOG_SIGNALS, ...learntSignals(args.learnt)];
    const filters = signals.map(
      ({ signal, pattern }) =>
        new LogMetricFilter(
          `${name}-${signal}`,
          {
            name: `${name}-${signal}`,
            logGroupName: logs.name,
            pattern,
            metricTransformation: { name: signal, namespace: name, value: "1", defaultValue: "0" },
          },
          child,
        ),
    );
    const rules = [
      ...signals.map((signal) => logAlarm(name, signal)),
      ...learntRequestAlarms(name, args.learnt),
      ...args.cacheClusterIds.flatMap((id) => nodeAlarms(id)),
      ...args.cacheClusterIds.slice(0, 1).flatMap((id) => ageAlarms(name, id, args)),
    ];
    const alarms = rules.map(
      ({ id, ...rule }) =>
        new MetricAlarm(
          id,
          { ...ALARM_BASICS, ...rule, name: id, alarmActions: [topic.arn], okActions: [topic.arn], tags },
          child,
        ),
    );
    const dashboard = new Dashboard(
      name,
      {
        dashboardName: name,
        dashboardBody: pulumi
          .all([logs.name, logs.arn])
          .apply(([logGroup, arn]) =>
            JSON.stringify(
              dashboardBody({ name, logGroup, region: regionOf(arn), cacheClusterIds: args.cacheClusterIds }),
            ),
          ),
      },
      child,
    );

    this.topicArn = topic.arn;
    this.resources = [topic, ...mail, logs, ...filters, ...alarms, dashboard];
    this.registerOutputs({ topicArn: this.topicArn });
  }
}

function subscription(name: string, to: { topic: Topic; email: string }, opts: pulumi.CustomResourceOptions) {
  return new TopicSubscription(name, { topic: to.topic.arn, protocol: "email", endpoint: to.email }, opts);
}

/** An ARN names its region in the fourth place; a dashboard needs it for every plot. */
function regionOf(arn: string): string {
  return arn.split(":")[3] ?? "";
}
