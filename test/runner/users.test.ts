import assert from "node:assert/strict";
import { stableRelease, weightsOf } from "../../infra/domain/releases.ts";
import type { WithoutUsers } from "../../infra/domain/without-users.ts";
import { GATES } from "../../infra/gates/index.ts";
import type { OwnMetric } from "../../infra/metrics/own/metric.ts";
import { planOf, type RunbookInput } from "../../infra/runbooks/index.ts";
import { openJournal } from "../../infra/runner/journal.ts";
import { run } from "../../infra/runner/run.ts";
import { readingOf } from "../../verification/bench/gates/traces.ts";
import { firstState, manifest, nextRelease } from "../../verification/mocks/release-state.ts";
import { everyGate, sessionOn, steppedClock } from "./session.ts";
import { memoryStack, memoryStore, silent, tape } from "./world.ts";

const MINUTE = 60_000;
/** Requests that each look of a gate sends itself, and that users send between two. */
const PROBES = 40;
const USERS = 200;

const base = firstState();
const release = nextRelease(base, manifest("2"));
const promotion: Extract<RunbookInput, { runbook: "promote" }> = {
  runbook: "promote",
  base,
  release,
  onCall: "Ada",
  timing: { interval: 30_000, gateTimeout: 10 * MINUTE, drain: 10 * MINUTE },
  weights: [5, 100],
  stepFor: 10 * MINUTE,
  checks: [],
  guarded: false,
  freshBaseline: false,
};

/** A canary that its own probes find well; of so many of its users' requests one fails. */
async function promoted(
  withoutUsers: WithoutUsers,
  users: { oneIn: number } | null,
  ownMetrics: readonly OwnMetric[] = [],
) {
  const [store, clock, way] = [memoryStore(), steppedClock(), tape([])];
  const change = await store.open("production", new Date(clock.now()), {});
  const stack = memoryStack(base, way, () => undefined);
  const bare = sessionOn(stack, store, clock, way);
  const counted = { requests: 0, errors: 0 };
  const pass = everyGate(() => "pass");
  const health: typeof pass.health = {
    name: "health",
    async observe(context) {
      for (let sent = 0; sent < PROBES; sent += 1) {
        const ended = bare.recorder.sent("probe");
        counted.requests += 1;
        ended({ release: context.target.release, status: 200 });
      }
      return pass.health.observe(context);
    },
  };
  const session = {
    ...bare,
    limits: { ...bare.limits, minimumRequests: 20, withoutUsers },
    gates: { ...pass, health, "error-rate": GATES["error-rate"], metrics: GATES.metrics },
    ownMetrics,
    counters: async () => {
      if (users !== null) {
        counted.requests += USERS;
        counted.errors += Math.floor(USERS / users.oneIn);
      }
      return [readingOf(clock.now(), { [release.id]: counted })];
    },
  };
  const journal = await openJournal(store, change, clock, silent);
  const plan = planOf(change, { ...promotion, ownGates: ownMetrics.length === 0 ? [] : ["metrics"] });
  const { signal } = new AbortController();
  const { exit } = await run({ session, journal, plan, whenWaiting: "stay", signal });
  return { exit, journal, weights: weightsOf((await stack.state()) ?? base) };
}

describe("a canary on production", () => {
  const back = { [stableRelease(base).id]: 100 };
  const reasonOf = ({ journal }: Awaited<ReturnType<typeof promoted>>) => journal.progress().failure?.reason ?? "";

  it("holds without users, however many requests are our own, and goes back with that reason", async () => {
    const one = await promoted("hold", null);
    assert.equal(one.exit, 1);
    assert.deepEqual(one.weights, back);
    assert.match(
      reasonOf(one),
      /"5 % of the traffic" still held when their time was up \(error-rate: no user has sent/,
    );
    assert.match(reasonOf(one), /0 of 0 users' requests failed; \d+0 of our own/);
  });

  it("passes without users where the stack lets our own requests judge, and the record says so", async () => {
    const one = await promoted("probes", null);
    assert.equal(one.exit, 0);
    const verdicts = one.journal.events().filter(({ type, data }) => type === "gate" && data.gate === "error-rate");
    assert.match(String(verdicts.at(-1)?.data.summary), /no user has sent a request yet: judged by our own requests/);
  });

  it("waits without users for a person where the stack asks for one, and leaves with 75", async () => {
    const one = await promoted("wait", null);
    assert.equal(one.exit, 75);
    assert.deepEqual(one.weights, { [stableRelease(base).id]: 95, [release.id]: 5 });
    assert.match(String(one.journal.events().at(-1)?.data.why), /no user sent a request during .*runbook approve/);
  });

  it("waits for a person too where the team's own metric has no value without users, and not where it has a bad one", async () => {
    const orders = (ask: OwnMetric["ask"]): OwnMetric[] => [
      { name: "orders", compare: "limit", query: "{{release}}", max: null, min: 1, for: 60 * MINUTE, ask },
    ];
    const silent = await promoted(
      "wait",
      null,
      orders(() => Promise.reject(new Error("Prometheus has no series for the query"))),
    );
    assert.equal(silent.exit, 75);
    assert.match(String(silent.journal.events().at(-1)?.data.why), /no user sent a request during/);
    assert.equal(
      (
        await promoted(
          "wait",
          null,
          orders(async () => 0),
        )
      ).exit,
      1,
    );
    const used = await promoted(
      "wait",
      { oneIn: 1_000 },
      orders(() => Promise.reject(new Error("Prometheus has no series for the query"))),
    );
    assert.equal(used.exit, 1, "with users a metric without a value holds, and nobody is asked");
  });

  it("is judged by its users alone: one that only they find failing is stopped at its smallest weight", async () => {
    const one = await promoted("hold", { oneIn: 2 });
    assert.equal(one.exit, 1);
    assert.match(reasonOf(one), /a gate failed at "5 % of the traffic"/);
    assert.equal((await promoted("hold", { oneIn: 1_000 })).exit, 0);
  });
});
