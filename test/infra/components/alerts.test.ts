import assert from "node:assert/strict";
import { z } from "zod";
import { cacheClusterIds } from "../../../infra/components/alarm-rules.ts";
import { Alerts } from "../../../infra/components/alerts.ts";
import { filterPattern } from "../../../sandbox/cloud/aws/filter-pattern.ts";
import { firstState } from "../../fixtures/release-state.ts";
import { startWorld, type World } from "../fixtures/world.ts";

const ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm";
const FILTER = "aws:cloudwatch/logMetricFilter:LogMetricFilter";
const TOPIC_ARN = "arn:aws:sns:eu-west-1:123456789012:app-staging";
const tags = { "runbooks:change": "bootstrap", "runbooks:on-call": "Ada" };

const DASHBOARD_SCHEMA = z.strictObject({ dashboardName: z.string(), dashboardBody: z.string() });
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

async function alertsWith(email: string | undefined): Promise<World> {
  const world = await startWorld();
  const owner = { change: "bootstrap", onCall: "Ada" };
  const watched = {
    cacheClusterIds: cacheClusterIds("app-staging", 2),
    learnt: [],
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

  it("count what the pods' JSON lines say, in an encrypted log group", () => {
    assert.deepEqual(world.inputs("aws:cloudwatch/logGroup:LogGroup"), {
      name: "/production-runbooks/app-staging",
      retentionInDays: 90,
      kmsKeyId: "arn:key",
      tags,
    });
    const patterns = world.registered
      .filter(({ type }) => type === FILTER)
      .map(({ inputs }) =>
        inputs !== null && typeof inputs === "object" && "pattern" in inputs ? inputs.pattern : inputs,
      );
    const lines = [
      { level: "error" },
      { error: { message: "the session store does not answer", cause: { message: "WRONGPASS invalid" } } },
      { error: { message: "connect failed", code: "ECONNREFUSED" } },
    ];
    const matched = patterns.map((pattern) => {
      const matches = filterPattern(String(pattern));
      return lines.map((line) => matches(line));
    });
    assert.deepEqual(matched, [
      [true, false, false],
      [false, true, false],
      [false, false, true],
    ]);
    assert.deepEqual(world.inputs(FILTER, "app-staging-error-lines"), {
      name: "app-staging-error-lines",
      logGroupName: "/production-runbooks/app-staging",
      pattern: `{ $.level = "error" }`,
      metricTransformation: { name: "error-lines", namespace: "app-staging", value: "1", defaultValue: "0" },
    });
  });

  it("ring for each signal, for each node of Redis and for each secret's age, and say when it is over", () => {
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
      treatMissingData: "notBreaching",
      alarmActions: [TOPIC_ARN],
      okActions: [TOPIC_ARN],
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
      treatMissingData: "notBreaching",
      alarmActions: [TOPIC_ARN],
      okActions: [TOPIC_ARN],
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
      okActions: [TOPIC_ARN],
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
    assert.match(widgets.at(-1)?.properties.query ?? "", /^SOURCE '\/production-runbooks\/app-staging' \| /);
  });
});
