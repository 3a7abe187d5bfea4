import assert from "node:assert/strict";
import { z } from "zod";
import type { LearntAlarm } from "../../../infra/domain/alarm.ts";
import { cacheClusterIds } from "../../../infra/program/components/alarm-rules.ts";
import { Alerts } from "../../../infra/program/components/alerts.ts";
import { filterPattern } from "../../../sandbox/cloud/aws/filter-pattern.ts";
import { firstState } from "../../../verification/mocks/release-state.ts";
import { startWorld, type World } from "../../../verification/mocks/world.ts";

const ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm";
const FILTER = "aws:cloudwatch/logMetricFilter:LogMetricFilter";
const TOPIC_ARN = "arn:aws:sns:eu-west-1:123456789012:app-staging";
const tags = { "runbooks:change": "bootstrap", "runbooks:on-call": "Ada" };

const DASHBOARD_SCHEMA = z.strictObject({ dashboardName: z.string(), dashboardBody: z.string() });
const FILTER_SCHEMA = z.looseObject({ pattern: z.string(), logGroupName: z.string() });
const REQUEST_SCHEMA = z.object({
  namespace: z.string(),
  metricName: z.string(),
  dimensions: z.record(z.string(), z.string()),
  treatMissingData: z.string(),
  insufficientDataActions: z.array(z.string()),
});
const RULE_SCHEMA = z.looseObject({ alarmRule: z.string() });
const BODY_SCHEMA = z.object({
  widgets: z.array(
    z.object({
      properties: z.object({
        title: z.string(),
        region: z.string(),
        metrics: z.array(z.array(z.string())).optional(),
        query: z.string().optional(),
      }),
    }),
  ),
});

const logs = {
  group: "/aws/containerinsights/prod/application",
  fields: "log_processed",
  namespaceField: "kubernetes.namespace_name",
  namespace: "app-staging",
};
const requests = { namespace: "Gateway", metric: "requests", dimensions: { Gateway: "public" } };
const LEARNT: LearntAlarm[] = [
  { over: "requests", signal: "no-requests", meaning: "No request reaches the gateway any more", change: "CHG-1" },
  {
    over: "logs",
    signal: "pod-not-ready",
    pattern: `{ $.message = "readiness: not_ready" }`,
    meaning: "m",
    change: "CHG-1",
  },
];

async function alertsWith(email: string | undefined, learnt: LearntAlarm[] = []): Promise<World> {
  const world = await startWorld();
  const owner = { change: "bootstrap", onCall: "Ada" };
  const watched = {
    cacheClusterIds: cacheClusterIds("app-staging", 2),
    learnt,
    logs,
    requests,
    secrets: firstState().secrets,
    maxAge: 90 * 86_400_000,
    stack: "staging",
  };
  await world.settle(new Alerts("app-staging", { email, kmsKeyArn: "arn:key", ...watched, owner }, world.watched));
  return world;
}

describe("the alerts", () => {
  let world: World;
  before(async () => {
    world = await alertsWith("oncall@example.com");
  });

  it("go to an encrypted topic, and from there by mail", () => {
    assert.deepEqual(world.inputs("aws:sns/topic:Topic"), {
      name: "app-staging",
      displayName: "Alarms of app-staging",
      kmsMasterKeyId: "arn:key",
      tags,
    });
    assert.deepEqual(world.inputs("aws:sns/topicSubscription:TopicSubscription"), {
      topic: TOPIC_ARN,
      protocol: "email",
      endpoint: "oncall@example.com",
    });
  });

  it("go to nobody's mail where the settings name none", async () => {
    const quiet = await alertsWith(undefined);
    assert.equal(quiet.registered.filter(({ type }) => type.includes("topicSubscription")).length, 0);
  });

  it("count what the pods' JSON lines say, where the cluster's Fluent Bit puts them, and no other namespace's", async () => {
    assert.deepEqual(
      world.registered.filter(({ type }) => type.includes("logGroup:")),
      [],
      "the group is the forwarder's",
    );
    const taught = await alertsWith(undefined, LEARNT);
    const patterns = taught.registered
      .filter(({ type }) => type === FILTER)
      .map(({ inputs }) => FILTER_SCHEMA.parse(inputs))
      .map(({ pattern, logGroupName }) => {
        assert.ok(pattern.length <= 1024, `${pattern.length} characters`);
        assert.equal(logGroupName, logs.group);
        return pattern;
      });
    const lines = [
      { level: "error" },
      { error: { message: "the session store does not answer", cause: { message: "WRONGPASS invalid" } } },
      { error: { message: "connect failed", code: "ECONNREFUSED" } },
      { message: "readiness: not_ready" },
    ];
    const matched = (shipped: (line: object) => object) =>
      patterns.map((pattern) => {
        const matches = filterPattern(pattern);
        return lines.map((line) => matches(shipped(line)));
      });
    const from = (namespace_name: string) => (line: object) => ({
      log_processed: line,
      kubernetes: { namespace_name },
    });
    assert.deepEqual(matched(from("app-staging")), [
      [true, true, true, true],
      [true, false, false, false],
      [false, true, false, false],
      [false, false, true, false],
      [false, false, false, true],
    ]);
    const nothing = patterns.map(() => lines.map(() => false));
    assert.deepEqual(matched(from("app-production")), nothing, "another stack's lines lie in the same group");
    assert.deepEqual(
      matched((line) => line),
      nothing,
      "no line of the group is the application's JSON itself",
    );
    assert.deepEqual(world.inputs(FILTER, "app-staging-error-lines"), {
      name: "app-staging-error-lines",
      logGroupName: logs.group,
      pattern: `{ ($.kubernetes.namespace_name = "app-staging") && ($.log_processed.level = "error") }`,
      metricTransformation: { name: "error-lines", namespace: "app-staging", value: "1", defaultValue: "0" },
    });
  });

  it("say that they see nothing where no line comes, and that they have no data where nothing is counted", async () => {
    const taught = await alertsWith(undefined, LEARNT);
    assert.deepEqual(taught.inputs(ALARM, "app-staging-log-lines"), {
      name: "app-staging-log-lines",
      alarmDescription:
        "No log line of app-staging has come to /aws/containerinsights/prod/application for an hour, so the other alarms on logs see nothing: look at the log forwarder, and at the setting logs",
      namespace: "app-staging",
      metricName: "log-lines",
      statistic: "Sum",
      period: 300,
      evaluationPeriods: 12,
      threshold: 1,
      comparisonOperator: "LessThanThreshold",
      treatMissingData: "missing",
      alarmActions: [TOPIC_ARN],
      insufficientDataActions: [TOPIC_ARN],
      tags,
    });
    const silence = { ...REQUEST_SCHEMA.parse(taught.inputs(ALARM, "app-staging-no-requests")) };
    assert.deepEqual(silence, {
      namespace: "Gateway",
      metricName: "requests",
      dimensions: { Gateway: "public" },
      treatMissingData: "missing",
      insufficientDataActions: [TOPIC_ARN],
    });
  });

  it("tell once that all of them are over: at a first start each alarm's own mail would come", () => {
    const alarms = world.registered.filter(({ type }) => type === ALARM);
    for (const { name, inputs } of alarms) assert.ok(!JSON.stringify(inputs).includes("okActions"), name);
    const { alarmRule, ...over } = RULE_SCHEMA.parse(world.inputs("aws:cloudwatch/compositeAlarm:CompositeAlarm"));
    assert.deepEqual(alarmRule.split(" OR ").sort(), alarms.map(({ name }) => `ALARM("${name}")`).sort());
    assert.deepEqual(over, {
      alarmName: "app-staging-any",
      alarmDescription: "In ALARM while any alarm of app-staging is; the mail of that alarm says which one and why",
      okActions: [TOPIC_ARN],
      tags,
    });
  });

  it("ring for each signal, for each node of Redis and for each secret's age", () => {
    const alarms = world.registered.filter(({ type }) => type === ALARM).map(({ name }) => name);
    assert.deepEqual(
      alarms.sort(),
      [
        "001-cpu",
        "001-memory",
        "002-cpu",
        "002-memory",
        "AFM_KEY-age",
        "REDIS_URL-age",
        "SESSION_SECRET-age",
        "SUPABASE_KEY-age",
        "error-lines",
        "log-lines",
        "lost-connections",
        "refused-credentials",
      ].map((id) => `app-staging-${id}`),
    );
    assert.deepEqual(world.inputs(ALARM, "app-staging-refused-credentials"), {
      name: "app-staging-refused-credentials",
      alarmDescription: "A dependency refuses the application's credentials: was a secret revoked too early?",
      namespace: "app-staging",
      metricName: "refused-credentials",
      statistic: "Sum",
      period: 300,
      evaluationPeriods: 1,
      threshold: 1,
      comparisonOperator: "GreaterThanOrEqualToThreshold",
      treatMissingData: "missing",
      alarmActions: [TOPIC_ARN],
      tags,
    });
    assert.deepEqual(world.inputs(ALARM, "app-staging-002-memory"), {
      name: "app-staging-002-memory",
      alarmDescription: "Redis is running out of memory and will soon evict sessions: take a larger node type",
      namespace: "AWS/ElastiCache",
      metricName: "DatabaseMemoryUsagePercentage",
      dimensions: { CacheClusterId: "app-staging-002" },
      statistic: "Average",
      period: 300,
      evaluationPeriods: 1,
      threshold: 80,
      comparisonOperator: "GreaterThanOrEqualToThreshold",
      treatMissingData: "missing",
      alarmActions: [TOPIC_ARN],
      tags,
    });
  });

  it("ring from the day on that a secret is to be rotated by, whatever its metric says, and say what to type", () => {
    assert.deepEqual(world.inputs(ALARM, "app-staging-AFM_KEY-age"), {
      name: "app-staging-AFM_KEY-age",
      alarmDescription: "AFM_KEY reaches rotation.maxAge (90d) on 2027-02-20: runbook rotate AFM_KEY --stack staging",
      metricQueries: [
        { id: "now", expression: "EPOCH(node)", label: "seconds since 1970", returnData: true },
        {
          id: "node",
          metric: {
            namespace: "AWS/ElastiCache",
            metricName: "EngineCPUUtilization",
            dimensions: { CacheClusterId: "app-staging-001" },
            stat: "Average",
            period: 300,
          },
          returnData: false,
        },
      ],
      evaluationPeriods: 1,
      threshold: Date.parse("2027-02-20T00:00:00Z") / 1_000,
      comparisonOperator: "GreaterThanOrEqualToThreshold",
      treatMissingData: "ignore",
      alarmActions: [TOPIC_ARN],
      tags,
    });
  });

  it("stand on one dashboard, in the region of the stack", () => {
    const { dashboardName, dashboardBody } = DASHBOARD_SCHEMA.parse(world.inputs("aws:cloudwatch/dashboard:Dashboard"));
    assert.equal(dashboardName, "app-staging");
    const { widgets } = BODY_SCHEMA.parse(JSON.parse(dashboardBody));
    assert.deepEqual(
      widgets.map(({ properties }) => [properties.title, properties.region]),
      ["Log lines that matter", "Redis memory, %", "Redis engine CPU, %", "Redis connections", "Last errors"].map(
        (title) => [title, "eu-west-1"],
      ),
    );
    assert.deepEqual(widgets[1]?.properties.metrics, [
      ["AWS/ElastiCache", "DatabaseMemoryUsagePercentage", "CacheClusterId", "app-staging-001"],
      ["AWS/ElastiCache", "DatabaseMemoryUsagePercentage", "CacheClusterId", "app-staging-002"],
    ]);
    assert.match(
      widgets.at(-1)?.properties.query ?? "",
      /^SOURCE '\/aws\/containerinsights\/prod\/application' \| fields @timestamp, log_processed\.release, .* \| filter kubernetes\.namespace_name = "app-staging" and log_processed\.level = "error" \|/,
    );
  });
});
