import assert from "node:assert/strict";
import { ALARM_BASICS, ageAlarms } from "../../infra/program/components/alarm-rules.ts";
import { type Alarm, type Signals, stateOfAlarm } from "../../sandbox/cloud/aws/alarm-evaluation.ts";
import type { Props } from "../../sandbox/cloud/wire.ts";
import { firstState } from "../../verification/mocks/release-state.ts";
import { emptyAccount } from "./aws-world.ts";

const ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm";
const GROUP = "aws:elasticache/replicationGroup:ReplicationGroup";
const NODE = "app-staging-001";
const MAX_AGE = 90 * 86_400_000;
const FIVE_MINUTES = 300_000;
/** `firstState` is of 2026-11-22. */
const DUE = Date.parse("2027-02-20T00:00:00Z");

/** The alarm of a secret's age, as the program declares it. */
function ageAlarm(): Props {
  const watch = { secrets: firstState().secrets, maxAge: MAX_AGE, stack: "staging" };
  const found = ageAlarms("app-staging", NODE, watch).find(({ id }) => id === "app-staging-AFM_KEY-age");
  assert.ok(found);
  const { id, ...rule } = found;
  return { ...ALARM_BASICS, ...rule, name: id };
}

const nothing: Signals = { lines: {}, counters: [], nodes: [] };

describe("the alarm of a secret's age, as the sandbox evaluates it", () => {
  const account = emptyAccount();
  const stateAt = (now: number, nodes: readonly string[]) => {
    const [alarm] = account.cloudWatch.of("staging").alarms;
    assert.ok(alarm);
    return stateOfAlarm(alarm, [], { ...nothing, nodes }, now);
  };
  before(async () => {
    await account.create(GROUP, "sessions", { description: "d", replicationGroupId: "app-staging" });
    await account.create(ALARM, "age", ageAlarm());
  });

  it("rings from the first datapoint of the day on, and not before", () => {
    const { nodes } = account.cloudWatch.of("staging");
    assert.deepEqual(nodes, [NODE]);
    // A datapoint of five minutes is named by its beginning.
    assert.deepEqual(stateAt(DUE + FIVE_MINUTES - 1, nodes), {
      name: "app-staging-AFM_KEY-age",
      state: "OK",
      value: DUE / 1_000 - 1,
    });
    assert.deepEqual(stateAt(DUE + FIVE_MINUTES, nodes), {
      name: "app-staging-AFM_KEY-age",
      state: "ALARM",
      value: DUE / 1_000,
    });
    assert.equal(stateAt(DUE - MAX_AGE, nodes).state, "OK");
    assert.equal(stateAt(DUE + MAX_AGE, nodes).state, "ALARM");
  });

  it("has no data where the node that it reads the time off isn't there", () => {
    assert.deepEqual(stateAt(DUE + FIVE_MINUTES, ["app-staging-002"]), {
      name: "app-staging-AFM_KEY-age",
      state: "INSUFFICIENT_DATA",
      value: null,
    });
  });

  it("is another stack's business no more than its node is", () => {
    assert.deepEqual(account.cloudWatch.of("production"), { alarms: [], filters: [], nodes: [] });
  });
});

describe("the alarms on logs and requests, as the sandbox evaluates them", () => {
  const NOW = Date.parse("2026-11-27T12:00:00Z");
  const filter = { group: "shipped", pattern: `{ $.level = "error" }`, namespace: "n", metric: "errors", madeAt: 0 };
  const alarm: Alarm = {
    name: "a",
    watched: { kind: "sum", namespace: "n", metric: "errors", dimensions: {}, period: 300 },
    evaluationPeriods: 1,
    comparison: "GreaterThanOrEqualToThreshold",
    threshold: 1,
    missing: "missing",
    madeAt: 0,
  };
  const line = (level: string) => ({ at: NOW - 1_000, text: JSON.stringify({ level }) });
  const stateWith = (lines: Signals["lines"]) => stateOfAlarm(alarm, [filter], { ...nothing, lines }, NOW).state;

  it("have no data where nobody writes to the group, or to another one", () => {
    assert.equal(stateWith({}), "INSUFFICIENT_DATA");
    assert.equal(stateWith({ "/production-runbooks/app-staging": [line("error")] }), "INSUFFICIENT_DATA");
    assert.equal(stateWith({ shipped: [line("info")] }), "OK");
    assert.equal(stateWith({ shipped: [line("error")] }), "ALARM");
  });

  it("see a counter under its own dimensions alone", () => {
    const readings = [
      { at: NOW - 2_000, total: 1 },
      { at: NOW - 1_000, total: 9 },
    ];
    const stateOf = (dimensions: Record<string, string>) =>
      stateOfAlarm(
        alarm,
        [],
        { ...nothing, counters: [{ namespace: "n", metric: "errors", dimensions, readings }] },
        NOW,
      );
    assert.equal(stateOf({}).value, 8);
    assert.equal(stateOf({ ClusterName: "app" }).state, "INSUFFICIENT_DATA");
  });

  it("may be named by a composite one, and can't be deleted while they are", async () => {
    const { create, remove } = emptyAccount();
    const composite = "aws:cloudwatch/compositeAlarm:CompositeAlarm";
    const rule = { alarmName: "any", alarmRule: `ALARM("app-staging-AFM_KEY-age") OR ALARM("gone")` };
    const made = await create(ALARM, "age", ageAlarm());
    await assert.rejects(create(composite, "any", rule), /names no alarm of the account: gone/);
    const any = await create(composite, "any", { ...rule, alarmRule: `ALARM("app-staging-AFM_KEY-age")` });
    await assert.rejects(remove(ALARM, made), /cannot be deleted as there are composite alarms depending on it: any/);
    await remove(composite, any);
    await remove(ALARM, made);
  });
});

describe("the checks of an alarm over several queries", () => {
  const { problems } = emptyAccount();
  const [now, node] = [
    { id: "now", expression: "EPOCH(node)", returnData: true },
    { id: "node", metric: { metricName: "m", namespace: "n", stat: "Average", period: 300 }, returnData: false },
  ];
  const queries = (...metricQueries: Props[]): Props => ({
    comparisonOperator: "GreaterThanOrEqualToThreshold",
    evaluationPeriods: 1,
    threshold: 1,
    metricQueries,
  });

  it("pass what the program declares", () => {
    assert.deepEqual(problems(ALARM, ageAlarm()), []);
    assert.deepEqual(problems(ALARM, queries(now, node)), []);
  });

  const REFUSED: [string, Props, RegExp][] = [
    [
      "a metric beside them",
      { ...queries(now, node), metricName: "m", statistic: "Sum" },
      /^metricName: give exactly one/,
    ],
    ["a period beside them", { ...queries(now, node), period: 300 }, /^period: can't stand beside metricQueries/],
    ["a namespace beside them", { ...queries(now, node), namespace: "n" }, /^namespace: can't stand beside/],
    ["dimensions beside them", { ...queries(now, node), dimensions: { a: "b" } }, /^dimensions: can't stand beside/],
    [
      "no data to return",
      queries({ ...now, returnData: false }, node),
      /^metricQueries: returns data from exactly one/,
    ],
    ["data from two", queries(now, { ...node, returnData: true }), /^metricQueries: returns data from exactly one/],
    ["an id twice", queries(now, node, node), /^metricQueries: names an id twice/],
    ["an id in capitals", queries({ ...now, id: "Now" }, node), /^metricQueries\.0\.id: begins with a small letter/],
    [
      "neither expression nor metric",
      queries(now, node, { id: "x" }),
      /^metricQueries\.2: has an expression or a metric/,
    ],
    ["a metric that isn't there", queries({ ...now, expression: "EPOCH(m1)" }, node), /isn't evaluated by the sandbox/],
    ["another function", queries({ ...now, expression: "SUM(node)" }, node), /isn't evaluated by the sandbox/],
    [
      "a function in small letters",
      queries({ ...now, expression: "epoch(node)" }, node),
      /isn't evaluated by the sandbox/,
    ],
  ];
  for (const [what, inputs, problem] of REFUSED) {
    it(`refuse ${what}`, () => {
      const found = problems(ALARM, inputs);
      assert.ok(
        found.some((one) => problem.test(one)),
        found.join("\n"),
      );
    });
  }
});
