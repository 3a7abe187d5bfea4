import assert from "node:assert/strict";
import fc from "fast-check";
import type { Pod } from "../../../infra/clients/kubernetes.ts";
import { withAlarms } from "../../../infra/domain/alarm.ts";
import { stateHash, weightProblems, withoutJobs } from "../../../infra/domain/releases.ts";
import { diagnose, isFailing } from "../../../infra/runbooks/incident/diagnose.ts";
import { classOf, countedOver, errorBudgetOf } from "../../../infra/runbooks/incident/impact.ts";
import { lessonsOf } from "../../../infra/runbooks/incident/lessons.ts";
import { capturedFrom, unreadySince } from "../../../infra/runbooks/incident/log-lines.ts";
import { finish, logAsBefore, logMore, restart } from "../../../infra/runbooks/incident/moves.ts";
import { pageOf } from "../../../infra/runbooks/incident/page.ts";
import { checksOf, probePods } from "../../../infra/runbooks/incident/probes/pods.ts";
import { stateOf, wordOf } from "../../../infra/runbooks/incident/states.ts";
import { verdictOf } from "../../../infra/runbooks/incident/verdict.ts";
import { incidentSchema } from "../../../infra/settings/incident.ts";
import { filterPattern } from "../../../sandbox/cloud/aws/filter-pattern.ts";
import { firstState } from "../../../verification/mocks/release-state.ts";
import { RUNNING_POD } from "../../fixtures/pod.ts";
import { wellFacts } from "./facts.ts";

const POD: Pod = {
  ...RUNNING_POD,
  name: "app-1",
  release: "r000000001",
};
const actor = { change: "CHG-2026-11-23-001", runbook: "incident", onCall: "Ada" } as const;
const DOWN = verdictOf([{ kind: "backend", suspect: "redis", cause: "down", evidence: ["Redis: closed"] }]);

const line = (parts: Record<string, unknown>) =>
  JSON.stringify({ time: "2026-11-23T03:00:01.000Z", level: "error", ...parts });

describe("an incident's moves", () => {
  it("log more beside what serves, and leave nothing of it when they go back", () => {
    const state = { ...firstState(), change: { id: actor.change, runbook: actor.runbook, onCall: actor.onCall } };
    const withCopy = logMore(state, 5, actor);
    assert.deepEqual(weightProblems(withCopy), []);
    assert.deepEqual(
      withCopy.releases.map(({ weight, configuration }) => [weight, configuration.LOG_LEVEL]),
      [
        [100, "info"],
        [0, "debug"],
      ],
    );
    assert.equal(stateHash(logAsBefore(withCopy, actor)), stateHash(withoutJobs(state)));
  });

  it("name a pod to be replaced once, and forget it with the incident", () => {
    const state = firstState();
    const once = restart(state, { pod: "app-1", release: "r1" }, actor);
    assert.deepEqual(restart(once, { pod: "app-1", release: "r1" }, actor), once);
    const alarms = lessonsOf(DOWN, actor.change);
    const ended = finish(once, alarms);
    assert.deepEqual([ended.restarts, ended.change, ended.alarms], [[], null, alarms]);
    assert.deepEqual(withAlarms(ended.alarms, lessonsOf(DOWN, "CHG-2026-11-24-001")), alarms);
  });
});

describe("an incident's impact", () => {
  const rules = incidentSchema.parse({}).impact;
  const figures = fc.record({
    users: fc.option(fc.nat(10_000), { nil: null }),
    failedRequests: fc.option(fc.nat(10_000), { nil: null }),
    requests: fc.constant(null),
    minutes: fc.nat(100),
    errorBudgetPercent: fc.nat(100),
  });
  const rank = (name: string) => [...rules.map((rule) => rule.class), "minor"].indexOf(name);

  it("is never of a lesser class where more was lost", () => {
    fc.assert(
      fc.property(figures, fc.nat(100), fc.nat(1_000), (lost, minutes, failed) => {
        const more = {
          ...lost,
          minutes: lost.minutes + minutes,
          failedRequests: lost.failedRequests === null ? null : lost.failedRequests + failed,
        };
        assert.ok(rank(classOf(rules, more)) <= rank(classOf(rules, lost)));
      }),
    );
  });

  it("counts what the counters rose by, and nothing of the readings between which they began anew", () => {
    const at = (requests: number, failed: number) => ({ requests, failed });
    assert.deepEqual(countedOver([at(1_000, 10), at(1_050, 20)]), at(50, 10));
    assert.deepEqual(countedOver([at(1_000, 10), at(1_050, 20), at(5, 5), at(25, 7)]), at(70, 12));
    assert.deepEqual(countedOver([at(1_000, 10)]), at(0, 0));
    assert.equal(countedOver([]), null);
    fc.assert(
      fc.property(fc.array(fc.record({ requests: fc.nat(), failed: fc.nat() }), { minLength: 1 }), (readings) => {
        const { requests, failed } = countedOver(readings) ?? at(-1, -1);
        assert.ok(requests >= 0 && failed >= 0);
      }),
    );
  });

  it("uses the error budget by the share of failed requests, and wholly where nobody counted", () => {
    const rounded = (failed: number | null, of: number | null) =>
      Number(errorBudgetOf(99.9, 43.2, failed, of).toFixed(6));
    assert.equal(rounded(null, null), 100);
    assert.equal(rounded(25, 100), 25);
    assert.equal(rounded(0, 0), 100);
  });
});

describe("what the pods say", () => {
  it("is read from a readiness answer, and not from the API server's own", () => {
    const text = JSON.stringify({
      status: "not_ready",
      checks: { redis: { status: "fail", reason: "OOM" }, afm: "ok" },
    });
    assert.equal(checksOf(text)?.redis?.state, "full");
    assert.equal(checksOf(text)?.afm?.state, "well");
    assert.equal(checksOf(JSON.stringify({ kind: "Status", code: 503 })), null);
    assert.equal(checksOf("no endpoints"), null);
  });

  it("is their readiness as the kubelet takes it: no answer and a refusal count, whether checks come with it or not", async () => {
    const answers: Record<string, { status: number | null; text: string }> = {
      "app-1": { status: 200, text: "ok" },
      "app-2": { status: 204, text: "" },
      "app-3": { status: 503, text: "not yet" },
      "app-4": { status: null, text: "no answer in time" },
    };
    const pods = Object.keys(answers).map((name) => ({ ...POD, name }));
    const healthy = { status: 200, text: "" };
    const asked = await probePods(pods, { health: "/health", ready: "/ready" }, async (pod, path) =>
      path === "/ready" ? (answers[pod] ?? healthy) : healthy,
    );
    assert.deepEqual(
      asked.map((one) => [one.readiness.state, one.checks, isFailing(one)]),
      [
        ["well", null, false],
        ["well", null, false],
        ["failing", null, true],
        ["silent", null, true],
      ],
    );
    assert.match(diagnose(wellFacts({ pods: asked })).evidence.join("\n"), /app-4: .*readiness: silent/);
  });

  it("is gathered from their logs: failing requests by id, errors by how often, the beginning of the fault", () => {
    const error = {
      name: "Error",
      message: "the session store does not answer",
      cause: { message: "x", code: "ECONNREFUSED" },
    };
    const log = [
      line({ message: "request failed", requestId: "q-1", path: "/api/session", status: 503, error }),
      line({ message: "request failed", requestId: "q-2", path: "/api/session", status: 503, error }),
      line({
        level: "warn",
        message: "redis connection failed",
        error: { message: "read ECONNRESET", code: "ECONNRESET" },
      }),
      line({ level: "warn", time: "2026-11-23T02:59:58.000Z", message: "readiness: not_ready" }),
      "not JSON",
    ].join("\n");
    const { requests, errors } = capturedFrom({ "app-1": log });
    assert.deepEqual(
      requests.map(({ requestId }) => requestId),
      ["q-1", "q-2"],
    );
    assert.equal(errors[0]?.count, 2);
    assert.match(errors[0]?.error ?? "", /session store.*ECONNREFUSED/);
    assert.equal(
      unreadySince({ "app-1": log }, Date.parse("2026-11-23T03:00:05Z")),
      Date.parse("2026-11-23T02:59:58Z"),
    );
    assert.equal(unreadySince({ "app-1": "" }, 0), null);
  });

  it("is a word's state, and an error's word is never its message", () => {
    assert.equal(stateOf("57P03"), "unavailable");
    assert.equal(stateOf("28P01"), "unauthorized");
    assert.equal(stateOf("HTTP_503"), "unavailable");
    assert.equal(stateOf("nonsense"), "failing");
    assert.equal(wordOf(new Error("WRONGPASS invalid username-password pair for rediss://u:secret@h")), "WRONGPASS");
    assert.equal(wordOf(new Error("connect to postgres://u:secret@h failed")), "Error");
    assert.equal(wordOf(new AggregateError([Object.assign(new Error("x"), { code: "ECONNREFUSED" })])), "ECONNREFUSED");
  });
});

describe("the page to a backend's owner", () => {
  it("calls the owner with evidence, errors and requests, under one key for the incident", () => {
    const captured = {
      requests: [{ at: "", pod: "app-1", requestId: "q-1", what: "failed", error: "away" }],
      errors: [],
    };
    const at = "2026-11-23T03:00:00.000Z";
    const parts = {
      stack: "production",
      change: actor.change,
      onCall: "Ada",
      owner: "Grace",
      openedAt: at,
      at,
      detectedAt: at,
    };
    const page = pageOf({ ...parts, verdict: DOWN, captured, unread: [] });
    assert.equal(page.onCall, "Grace");
    assert.equal(page.key, "production/CHG-2026-11-23-001");
    assert.match(page.ticket.body, /Redis: closed[\s\S]*q-1/);
    const ours = verdictOf([{ kind: "application", suspect: "pods", cause: "some pods fail", evidence: [] }]);
    assert.equal(pageOf({ ...parts, verdict: ours, captured, unread: [] }).onCall, "Ada");
    const silent = pageOf({
      ...parts,
      verdict: DOWN,
      captured: { requests: [], errors: [] },
      unread: ["app-1: the API server answered 403"],
    });
    assert.match(
      silent.ticket.body,
      /none seen in the logs that could be read[\s\S]*app-1: the API server answered 403/,
    );
    assert.match(silent.lines.join("\n"), /the logs of 1 pods couldn't be read/);
  });
});

describe("the sandbox's metric filters", () => {
  it("match what CloudWatch's would, and refuse what they can't read", () => {
    const fails = {
      message: "readiness: not_ready",
      checks: { redis: { status: "fail" }, database: { status: "pass" } },
    };
    const [learnt] = lessonsOf(DOWN, actor.change);
    assert.ok(learnt?.over === "logs");
    assert.ok(filterPattern(learnt.pattern)(fails));
    assert.ok(!filterPattern(learnt.pattern)({ checks: { redis: { status: "pass" } } }));
    assert.ok(
      filterPattern(`{ ($.status >= 500) && ($.error.message = "*ECONN*") }`)({
        status: 503,
        error: { message: "connect ECONNREFUSED" },
      }),
    );
    assert.ok(
      !filterPattern(`{ $.error = "*ECONN*" }`)({ error: { message: "ECONNREFUSED" } }),
      "an object is no text",
    );
    assert.ok(!filterPattern(`{ $.a.b = "x.z" }`)({ a: { b: "xyz" } }), "a dot is a dot");
    for (const wrong of ["ERROR", "{ $.a }", `{ $.a = }`, `{ ($.a = 1 }`, `{ $.a = 1 1 }`]) {
      assert.throws(() => filterPattern(wrong), wrong);
    }
  });
});
