import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "mocha";
import type { Answer, GateName } from "../../infra/gates/index.ts";
import { GATES } from "../../infra/gates/index.ts";
import { CANARY, contextFor, observe, STABLE } from "./observe.ts";
import { COOKIE_VALUE, PASSWORD } from "./workload/routes.ts";
import { startWorkload, type Workload } from "./workload/server.ts";
import { type Fault, leftovers, NOTHING_LEFT } from "./workload/state.ts";

const PROBES = [
  "health",
  "readiness",
  "websocket",
  "session-continuity",
  "login",
  "documents",
  "beneficiaries",
  "budgets",
] as const satisfies GateName[];

interface Misbehaviour {
  gate: GateName;
  release?: string;
  fault: Fault;
  answer: Answer;
  says: RegExp;
}

const MISBEHAVIOURS: Misbehaviour[] = [
  { gate: "health", fault: "unhealthy", answer: "hold", says: /500 instead of 200/ },
  { gate: "health", fault: "no health path", answer: "fail", says: /404 instead of 200/ },
  { gate: "health", fault: "misrouted", answer: "hold", says: /answered by rsomeother/ },
  { gate: "readiness", fault: "not ready", answer: "hold", says: /not ready \(503\), failing: redis/ },
  { gate: "readiness", fault: "lying readiness", answer: "fail", says: /failing: redis/ },
  { gate: "readiness", fault: "html readiness", answer: "fail", says: /without a status/ },
  { gate: "websocket", fault: "no socket", answer: "hold", says: /503 instead of 101/ },
  { gate: "websocket", fault: "no hello", answer: "fail", says: /not a hello/ },
  { gate: "websocket", fault: "another's hello", answer: "fail", says: /was asked, but r0 answered/ },
  { gate: "websocket", fault: "drops the socket", answer: "hold", says: /closed with code 1012/ },
  { gate: "session-continuity", fault: "own sessions", answer: "fail", says: /401 instead of 200/ },
  { gate: "session-continuity", release: STABLE, fault: "own sessions", answer: "fail", says: /401 instead of 200/ },
  { gate: "session-continuity", release: STABLE, fault: "another user", answer: "fail", says: /another user/ },
  { gate: "login", fault: "no cookie", answer: "fail", says: /no cookie/ },
  { gate: "login", fault: "another user", answer: "fail", says: /another user/ },
  { gate: "documents", fault: "broken edit", answer: "hold", says: /PATCH .* answered 500 instead of 200/ },
  { gate: "documents", fault: "strangers read", answer: "fail", says: /GET .* answered 200 instead of 401/ },
  {
    gate: "documents",
    fault: "strangers write",
    answer: "fail",
    says: /without a session answered 201 instead of 401/,
  },
  { gate: "documents", fault: "loses the session after a creation", answer: "fail", says: /401 instead of 200/ },
  { gate: "beneficiaries", fault: "deletes despite allocations", answer: "fail", says: /204 instead of 409/ },
  { gate: "budgets", release: STABLE, fault: "no hello", answer: "fail", says: /not a hello/ },
  { gate: "budgets", release: STABLE, fault: "no socket", answer: "hold", says: /503 instead of 101/ },
];

describe("the probing gates", () => {
  let workload: Workload;
  before(async () => {
    workload = await startWorkload();
  });
  afterEach(() => {
    workload.faults.clear();
    for (const kept of [workload.documents, workload.beneficiaries, workload.allocations, workload.budgets])
      kept.clear();
    workload.sessions.clear();
  });
  after(() => workload.close());

  for (const gate of PROBES) {
    for (const stable of [STABLE, null]) {
      it(`${gate} passes a good release ${stable === null ? "that has no stable one beside it" : "beside a stable one"}`, async () => {
        const { verdict, memory } = await observe(gate, { url: workload.url, stable, memory: { failures: 1 } });
        assert.equal(verdict.answer, "pass", verdict.summary);
        assert.deepEqual(memory, { failures: 0 });
        assert.deepEqual(leftovers(workload), NOTHING_LEFT);
        assert.equal(workload.sockets(), 0);
      });
    }
  }

  for (const { gate, fault, release = CANARY, answer, says } of MISBEHAVIOURS) {
    it(`${gate} says ${answer} of ${release === CANARY ? "a canary" : "a stable release"} with: ${fault}`, async () => {
      workload.faults.set(release, new Set([fault]));
      const { verdict } = await observe(gate, { url: workload.url });
      assert.equal(verdict.answer, answer, verdict.summary);
      assert.match(verdict.summary, says);
      const said = JSON.stringify(verdict);
      assert.ok(!said.includes(PASSWORD) && !said.includes(COOKIE_VALUE), "a secret is in the verdict");
      assert.deepEqual(leftovers(workload), NOTHING_LEFT);
      assert.equal(workload.sockets(), 0);
    });
  }

  it("fails an unreachable release at a second look once that has lasted, and forgets after a good one", async () => {
    workload.faults.set(CANARY, new Set(["unhealthy"]));
    const first = await observe("health", { url: workload.url });
    const soon = await observe("health", { url: workload.url, memory: first.memory, after: 1_900 });
    const later = await observe("health", { url: workload.url, memory: soon.memory, after: 3_000 });
    const second = await observe("health", { url: workload.url, memory: first.memory, after: 3_000 });
    assert.deepEqual(
      [first, soon, later, second].map(({ verdict }) => verdict.answer),
      ["hold", "hold", "fail", "fail"],
    );
    assert.match(second.verdict.summary, /2 times in a row/);
    workload.faults.clear();
    const good = await observe("health", { url: workload.url, memory: first.memory });
    workload.faults.set(CANARY, new Set(["unhealthy"]));
    const again = await observe("health", { url: workload.url, memory: good.memory });
    assert.deepEqual([good.verdict.answer, again.verdict.answer], ["pass", "hold"]);
  });

  for (const gate of ["readiness", "health"] as const) {
    const fault = gate === "health" ? "unhealthy" : "not ready";

    it(`${gate} holds, however long, while the stable release isn't ready either, and counts none of it`, async () => {
      workload.faults.set(CANARY, new Set([fault]));
      workload.faults.set(STABLE, new Set(["not ready"]));
      const first = await observe(gate, { url: workload.url });
      const second = await observe(gate, { url: workload.url, memory: first.memory, after: 10_000 });
      const third = await observe(gate, { url: workload.url, memory: second.memory, after: 60_000 });
      for (const { verdict } of [first, second, third]) {
        assert.equal(verdict.answer, "hold", verdict.summary);
        assert.match(
          verdict.summary,
          new RegExp(`; ${STABLE} isn't ready either: not ready \\(503\\), failing: redis$`),
        );
        assert.equal(verdict.evidence.found, "elsewhere");
      }
      workload.faults.delete(STABLE);
      const alone = await observe(gate, { url: workload.url, memory: third.memory, after: 70_000 });
      const again = await observe(gate, { url: workload.url, memory: alone.memory, after: 80_000 });
      assert.deepEqual([alone.verdict.answer, again.verdict.answer], ["hold", "fail"], "what it does alone is counted");
    });

    it(`${gate} fails a canary that alone is at fault, or that has no stable release beside it`, async () => {
      for (const stable of [STABLE, null]) {
        workload.faults.set(CANARY, new Set([fault]));
        const first = await observe(gate, { url: workload.url, stable });
        const second = await observe(gate, { url: workload.url, stable, memory: first.memory, after: 10_000 });
        assert.deepEqual([first.verdict.answer, second.verdict.answer], ["hold", "fail"]);
      }
    });
  }

  it("fails a wrong answer at once, whatever the stable release's readiness is", async () => {
    workload.faults.set(CANARY, new Set(["no health path"]));
    workload.faults.set(STABLE, new Set(["not ready"]));
    assert.equal((await observe("health", { url: workload.url })).verdict.answer, "fail");
  });

  it("holds when nothing listens", async () => {
    const gone = await startWorkload();
    await gone.close();
    for (const gate of PROBES) {
      const { verdict } = await observe(gate, { url: gone.url });
      assert.equal(verdict.answer, "hold", gate);
      assert.match(verdict.summary, /ECONNREFUSED/);
    }
  });

  it("names a document that a release doesn't delete", async () => {
    workload.faults.set(CANARY, new Set(["keeps documents"]));
    const { verdict } = await observe("documents", { url: workload.url });
    assert.equal(verdict.answer, "fail");
    assert.match(verdict.summary, /GET .* answered 200 instead of 404/);
  });

  it("takes its leftovers away on the stable release where the judged one fails to", async () => {
    workload.faults.set(CANARY, new Set(["refuses deletes", "refuses logouts"]));
    const { verdict } = await observe("documents", { url: workload.url });
    assert.equal(verdict.answer, "hold");
    assert.match(verdict.summary, /DELETE .* answered 503/);
    assert.deepEqual(leftovers(workload), NOTHING_LEFT);
  });

  it("names the leftovers that it couldn't take away", async () => {
    for (const release of [CANARY, STABLE]) workload.faults.set(release, new Set(["refuses deletes"]));
    const { verdict } = await observe("documents", { url: workload.url });
    const [left] = workload.documents.keys();
    assert.equal(verdict.answer, "hold");
    assert.deepEqual(verdict.evidence.tracesLeft, [`/api/documents/${left}`]);
  });

  /** What looks that were killed left, and things of the same user that no look makes. */
  const leaveBehind = () => {
    const { documents, beneficiaries, allocations, budgets } = workload;
    documents.set("d1", { title: "Release check" }).set("d2", { title: "Release check, edited" });
    documents.set("minutes", { title: "Minutes" });
    beneficiaries.set("p1", { name: "Release check" }).set("ada", { name: "Ada" });
    allocations.set("a1", "p1").set("a2", "p1").set("of-ada", "ada");
    budgets.set("b1", { total: "100.00" }).set("lunch", { total: 250 });
  };
  const lookAgain = async () => {
    const looks = (["documents", "beneficiaries", "budgets"] as const).map((gate) =>
      observe(gate, { url: workload.url }),
    );
    for (const { verdict } of await Promise.all(looks)) assert.equal(verdict.answer, "pass", verdict.summary);
    const { documents, beneficiaries, allocations, budgets } = workload;
    return [documents, beneficiaries, allocations, budgets].flatMap((kept) => [...kept.keys()]);
  };

  it("takes away what a look that was killed has left, and nothing else of the user's", async () => {
    leaveBehind();
    assert.deepEqual(await lookAgain(), ["minutes", "ada", "of-ada", "lunch"]);
  });

  for (const fault of ["no lists", "a page for a list"] as const) {
    it(`leaves it where the application lists nothing: ${fault}`, async () => {
      leaveBehind();
      workload.faults.set(CANARY, new Set([fault]));
      assert.equal((await lookAgain()).length, 10);
    });
  }

  for (const gate of ["documents", "beneficiaries", "budgets"] as const) {
    it(`${gate}: holds where what was left can't be read, and passes once it can`, async () => {
      leaveBehind();
      workload.faults.set(CANARY, new Set(["broken lists"]));
      const { verdict, memory } = await observe(gate, { url: workload.url });
      assert.equal(verdict.answer, "hold");
      assert.match(
        verdict.summary,
        /GET \/api\/\w+ on rc0ffee001 answered 500: whether an earlier look has left something/,
      );
      workload.faults.clear();
      const again = await observe(gate, { url: workload.url, memory });
      assert.equal(again.verdict.answer, "pass", again.verdict.summary);
    });

    for (const fault of ["forbidden lists", "lists without ids"] as const) {
      it(`${gate}: says that something may be left where the list can't be read: ${fault}`, async () => {
        leaveBehind();
        workload.faults.set(CANARY, new Set([fault]));
        const { verdict } = await observe(gate, { url: workload.url });
        assert.equal(verdict.answer, "pass");
        assert.match(
          verdict.summary,
          /left behind: what an earlier look may have left \(GET .* answered (403|200), no list/,
        );
      });
    }
  }

  it("says what of it could not be taken away", async () => {
    leaveBehind();
    for (const release of [CANARY, STABLE]) workload.faults.set(release, new Set(["refuses deletes"]));
    const { verdict } = await observe("documents", { url: workload.url });
    assert.match(verdict.summary, /DELETE .* answered 503/);
    assert.ok(Array.isArray(verdict.evidence.tracesLeft));
    assert.ok(verdict.evidence.tracesLeft.includes("/api/documents/d1"));
  });

  it("fails a creation without an id", async () => {
    workload.faults.set(CANARY, new Set(["no id"]));
    const { verdict } = await observe("documents", { url: workload.url });
    assert.equal(verdict.answer, "fail");
    assert.match(verdict.summary, /without an id/);
  });

  it("sends the Host header and shows every call with status and latency", async () => {
    const { verdict } = await observe("health", { url: workload.url });
    assert.deepEqual([...workload.hosts], ["staging.app.example.com"]);
    const [call] = Array.isArray(verdict.evidence.calls) ? verdict.evidence.calls : [];
    assert.partialDeepStrictEqual(call, { call: "GET /api/health", release: CANARY, status: 200 });
  });

  it("takes its leftovers away when the look is given up halfway", async () => {
    const giveUp = new AbortController();
    const context = { ...contextFor({ url: workload.url }), signal: giveUp.signal };
    const looking = GATES.websocket.observe(context);
    while (workload.sockets() === 0) await new Promise((resolve) => setImmediate(resolve));
    giveUp.abort();
    await looking;
    assert.deepEqual([leftovers(workload), workload.sockets()], [NOTHING_LEFT, 0]);
  });

  it("looks at everything in parallel within 1.5 s", async () => {
    const begun = performance.now();
    const seen = await Promise.all(PROBES.map((gate) => observe(gate, { url: workload.url })));
    assert.ok(seen.every(({ verdict }) => verdict.answer === "pass"));
    assert.ok(performance.now() - begun < 1_500);
    assert.deepEqual(leftovers(workload), NOTHING_LEFT);
  });
});

describe("the probing gates at a release that keeps them waiting", function () {
  this.timeout(15_000);
  const seen = new Map<string, { answer: Answer; summary: string }>();
  before(async () => {
    const waits: { gate: GateName; fault: Fault }[] = [
      { gate: "health", fault: "silent" },
      { gate: "websocket", fault: "no pong" },
      { gate: "budgets", fault: "loses events" },
    ];
    await Promise.all(
      waits.map(async ({ gate, fault }) => {
        const workload = await startWorkload();
        workload.faults.set(gate === "budgets" ? STABLE : CANARY, new Set([fault]));
        const { verdict } = await observe(gate, { url: workload.url });
        assert.deepEqual([leftovers(workload), workload.sockets()], [NOTHING_LEFT, 0]);
        await workload.close();
        seen.set(gate, verdict);
      }),
    );
  });

  it("health holds after 5 s without an answer", () => {
    assert.equal(seen.get("health")?.answer, "hold");
    assert.match(seen.get("health")?.summary ?? "", /no answer within 5 s/);
  });

  it("websocket holds after 5 s without a pong", () => {
    assert.equal(seen.get("websocket")?.answer, "hold");
    assert.match(seen.get("websocket")?.summary ?? "", /no pong \d+ within 5 s/);
  });

  it("budgets fails when the event doesn't reach the socket on the other release within 5 s", () => {
    assert.equal(seen.get("budgets")?.answer, "fail");
    assert.match(seen.get("budgets")?.summary ?? "", new RegExp(`on ${STABLE} brought no budget.reconciled`));
  });
});
