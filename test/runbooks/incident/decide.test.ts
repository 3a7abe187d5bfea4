import assert from "node:assert/strict";
import fc from "fast-check";
import type { ChangeEvent } from "../../../infra/records/events.ts";
import { decideIncident } from "../../../infra/runbooks/incident/decide.ts";
import { advance, lookedAt, type Situation, situationOf, UNKNOWN } from "../../../infra/runbooks/incident/situation.ts";
import { type Found, verdictOf } from "../../../infra/runbooks/incident/verdict.ts";

const LIMITS = {
  interval: 1_000,
  writes: 3,
  recoverWithin: 10_000,
  startWithin: 60_000,
  persistsAfter: 120_000,
};
const NOW = 10_000_000;
const WELL = verdictOf([]);
const DOWN = verdictOf([{ kind: "backend", suspect: "redis", cause: "down", evidence: ["Redis: closed"] }]);
const THIRD_PARTY: Found = {
  kind: "backend",
  suspect: "third party",
  cause: "down",
  evidence: ["app-1 on afm: closed"],
};
const CUT_OFF = verdictOf([{ kind: "network", suspect: "redis", cause: "cut off from the pods", evidence: ["app-2"] }]);
const ONE_POD = verdictOf([{ kind: "application", suspect: "pods", cause: "some pods fail", evidence: ["app-2"] }]);

const look = (parts: Partial<NonNullable<Situation["look"]>> = {}): NonNullable<Situation["look"]> => ({
  at: NOW - 100,
  verdict: DOWN,
  backends: "ill",
  failing: [],
  pods: 2,
  leaving: 0,
  missing: 0,
  ...parts,
});

/** An incident in the middle of an outage, with nothing else left to do. */
const during = (parts: Partial<Situation> = {}): Situation => ({
  ...UNKNOWN,
  openedAt: NOW - 300_000,
  look: look(),
  detectedAt: NOW - 300_000,
  held: true,
  told: true,
  logging: "back",
  cause: DOWN,
  ...parts,
});

const recovering = (parts: Partial<Situation> = {}): Situation =>
  during({
    look: look({ verdict: ONE_POD, backends: "well", failing: [{ name: "app-2", release: "r1" }] }),
    streak: 3,
    wellSince: NOW - 20_000,
    failingSince: { "app-2": NOW - 200_000 },
    ...parts,
  });

const decide = (situation: Situation, loggingEnds: number | null = null) =>
  decideIncident(situation, loggingEnds, LIMITS, NOW);

const time = fc.integer({ min: NOW - 500_000, max: NOW });
const anySituation: fc.Arbitrary<Situation> = fc.record({
  openedAt: time,
  look: fc.option(
    fc.record({
      at: fc.integer({ min: NOW - 1_100, max: NOW + 50 }),
      verdict: fc.constantFrom(WELL, DOWN, ONE_POD, verdictOf([THIRD_PARTY])),
      backends: fc.constantFrom("well" as const, "ill" as const),
      failing: fc.uniqueArray(fc.record({ name: fc.constantFrom("app-1", "app-2"), release: fc.constant("r1") }), {
        selector: ({ name }) => name,
      }),
      pods: fc.integer({ min: 1, max: 4 }),
      leaving: fc.nat(1),
      missing: fc.nat(1),
    }),
    { nil: null },
  ),
  stale: fc.constantFrom(false, true),
  streak: fc.nat(6),
  faultless: fc.nat(6),
  wellSince: fc.option(time, { nil: null }),
  detectedAt: fc.option(time, { nil: null }),
  mitigatedAt: fc.option(time, { nil: null }),
  missingSince: fc.option(time, { nil: null }),
  failingSince: fc.dictionary(fc.constantFrom("app-1", "app-2"), time),
  lastRestartAt: fc.option(time, { nil: null }),
  restarts: fc.nat(9),
  podsBeforeRestart: fc.nat(4),
  asked: fc.constantFrom(null, "app-1", "app-2"),
  replaced: fc.subarray(["app-1", "app-2"]),
  failures: fc.nat(4),
  held: fc.constantFrom(false, true),
  logging: fc.constantFrom("never" as const, "more" as const, "back" as const),
  told: fc.constantFrom(false, true),
  untoldAt: fc.option(time, { nil: null }),
  doubtfulFrom: fc.option(time, { nil: null }),
  cause: fc.constantFrom(null, DOWN, ONE_POD),
  finished: fc.constantFrom(false, true),
  reported: fc.constantFrom(false, true),
});

const event = (
  type: ChangeEvent["type"],
  data: ChangeEvent["data"] = {},
  step: string | null = null,
  at = NOW - 100,
): ChangeEvent => ({
  seq: 0,
  at: new Date(at).toISOString(),
  change: "CHG-2026-11-22-001",
  step,
  type,
  data,
  prev: "",
  hash: "",
});
const lookEvent = (verdict: typeof DOWN, parts: ChangeEvent["data"] = {}, at = NOW - 100) =>
  event("look", { verdict, backends: verdict === DOWN ? "ill" : "well", failing: [], pods: 2, ...parts }, null, at);

describe("what is done next in an incident", () => {
  it("is to look, to hold the stack, to tell, to log more, and then to wait for others", () => {
    assert.equal(decide({ ...UNKNOWN, openedAt: NOW }).kind, "look");
    assert.equal(decide(during({ held: false })).kind, "hold");
    assert.equal(decide(during({ told: false })).kind, "tell");
    assert.equal(decide(during({ logging: "never" })).kind, "log-more");
    const waits = decide(during());
    assert.ok(waits.kind === "wait" && waits.for === "others");
  });

  it("closes where nothing was found, and holds no stack for it", () => {
    const seen = { ...UNKNOWN, look: look({ verdict: WELL, backends: "well" }), streak: 3 };
    assert.deepEqual(decide({ ...seen, faultless: 3 }), { kind: "close", outcome: "nothing found" });
    const once = decide({ ...seen, faultless: 1 });
    assert.ok(once.kind === "wait" && once.for === "recovery", "one look may be between two crashes");
  });

  it("is over only after several looks in a row without a fault: a pod that crashes over and over is ready at some", () => {
    const every = (verdict: typeof DOWN, times: number) => Array<typeof DOWN>(times).fill(verdict);
    const next = (...verdicts: (typeof DOWN)[]) =>
      decide({ ...situationOf(verdicts.map((verdict) => lookEvent(verdict))), held: true }).kind;
    assert.equal(next(...every(ONE_POD, 6), WELL), "wait");
    assert.equal(next(...every(ONE_POD, 6), WELL, WELL, ONE_POD, WELL), "wait");
    assert.equal(next(...every(ONE_POD, 6), ...every(WELL, 3)), "finish");
    assert.equal(next(...every(WELL, 2)), "wait");
    assert.deepEqual(next(...every(WELL, 3)), "close");
  });

  it("isn't over while pods are missing that may still start, and knows since when", () => {
    const short = recovering({ look: look({ verdict: WELL, backends: "well", pods: 1, missing: 1 }), faultless: 3 });
    assert.equal(decide(short).kind, "wait");
    assert.equal(decide({ ...short, detectedAt: null }).kind, "wait");
    const seen = [
      lookEvent(WELL),
      lookEvent(WELL, { missing: 1 }, NOW - 90),
      lookEvent(WELL, { missing: 2 }, NOW - 80),
    ];
    assert.equal(situationOf(seen).missingSince, NOW - 90);
    assert.equal(situationOf([...seen, lookEvent(WELL)]).missingSince, null);
  });

  it("takes the debug copy back when its time is up, whatever else is wrong, and before it ends", () => {
    assert.equal(decide(during({ logging: "more" }), NOW).kind, "log-as-before");
    const over = during({ look: look({ verdict: WELL, backends: "well" }), streak: 3, faultless: 3 });
    assert.equal(decide(over, NOW + 1_000).kind, "log-as-before");
    assert.equal(decide(over).kind, "finish");
  });

  it("looks again before it concludes anything from a look that is old, or later than the clock says that it is", () => {
    const [well, hour] = [look({ verdict: WELL, backends: "well" }), 3_600_000];
    const old = [well, look(), recovering().look ?? well].flatMap((one) => [
      { ...one, at: NOW - hour },
      { ...one, at: NOW + hour },
    ]);
    for (const seen of old) {
      const known = { look: seen, streak: 3, faultless: 3 };
      assert.equal(decide(recovering(known)).kind, "look");
      assert.equal(decide(recovering({ ...known, failures: 3 })).kind, "look");
      assert.equal(decide(recovering({ ...known, detectedAt: null })).kind, "look");
      assert.notEqual(
        decide(lookedAt(recovering(known), NOW)).kind,
        "look",
        "one that was made just now is decided upon",
      );
    }
  });

  it("tells of a fault that comes and goes, at a look that shows it", () => {
    const flapping = [lookEvent(ONE_POD, {}, NOW - 130_000), lookEvent(WELL, {}, NOW - 60_000), lookEvent(ONE_POD)];
    assert.equal(decide({ ...situationOf(flapping), held: true }).kind, "tell");
    assert.equal(decide({ ...situationOf([...flapping, lookEvent(WELL)]), held: true }).kind, "wait");
  });

  it("tells again a while after a try that reached nobody, and logs more meanwhile", () => {
    const announced = (...delivered: string[]) =>
      event("announced", { ticket: "t", deliveries: delivered.map((one) => ({ channel: "slack", delivered: one })) });
    const told = (one: ChangeEvent) => advance(during({ told: false, logging: "never" }), one);
    const untold = told(announced("no", "no"));
    assert.equal(untold.told, false);
    assert.equal(decide(untold).kind, "log-more");
    const later = { ...untold, untoldAt: NOW - 60_000, logging: "back" as const };
    assert.equal(decide(later).kind, "tell");
    assert.equal(decide(advance(later, announced("yes", "no"))).kind, "wait");
    for (const one of [announced("no", "yes"), announced("unknown", "yes"), announced()]) {
      assert.equal(told(one).told, true, "somebody knows, or there is no channel");
    }
  });

  it("tells again where somebody may have been told and nobody is known to be, less and less often", () => {
    const announcedAt = (ago: number) =>
      event("announced", { ticket: "t", deliveries: [{ channel: "slack", delivered: "unknown" }] }, null, NOW - ago);
    const nextAfter = (...all: number[]) =>
      decide(all.map(announcedAt).reduce(advance, during({ told: false, logging: "back" }))).kind;
    assert.equal(nextAfter(59_000), "wait");
    assert.equal(nextAfter(61_000), "tell");
    assert.equal(nextAfter(300_000, 100_000), "wait");
    assert.equal(nextAfter(300_000, 151_000), "tell");
    assert.equal(nextAfter(9_000_000, 901_000), "tell");
  });

  it("replaces a pod that has had its time, and none before", () => {
    assert.deepEqual(decide(recovering()), { kind: "restart", pod: "app-2", release: "r1" });
    assert.equal(decide(recovering({ streak: 2 })).kind, "wait");
    assert.equal(decide(recovering({ wellSince: NOW - 9_000 })).kind, "wait");
    assert.equal(decide(recovering({ failingSince: { "app-2": NOW - 9_000 } })).kind, "wait");
  });

  it("replaces no pod while the third party that the pods fail with is down, and does where they alone are cut off", () => {
    const failing = [{ name: "app-2", release: "r1" }];
    const seeing = (verdict: typeof DOWN) => decide(recovering({ look: look({ verdict, backends: "well", failing }) }));
    const pods: Found = { kind: "application", suspect: "pods", cause: "some pods fail", evidence: ["app-2"] };
    for (const verdict of [verdictOf([THIRD_PARTY]), verdictOf([pods, THIRD_PARTY])]) {
      const action = seeing(verdict);
      assert.ok(action.kind === "wait" && action.for === "others");
    }
    assert.equal(seeing(CUT_OFF).kind, "restart");
  });

  it("replaces one pod at a time: the next one only when the last one's successor is ready or has had its time", () => {
    const failing = [
      { name: "app-2", release: "r1" },
      { name: "app-9", release: "r1" },
    ];
    const starting = recovering({
      look: look({ verdict: ONE_POD, backends: "well", failing }),
      lastRestartAt: NOW - 15_000,
      restarts: 1,
      failingSince: { "app-2": NOW - 200_000, "app-9": NOW - 14_000 },
    });
    assert.equal(decide(starting).kind, "wait");
    const late = {
      ...starting,
      lastRestartAt: NOW - 70_000,
      failingSince: { ...starting.failingSince, "app-9": NOW - 65_000 },
    };
    assert.equal(decide(late).kind, "restart");
  });

  it("replaces no pod twice, and waits for the one that is on its way out", () => {
    assert.equal(decide(recovering({ replaced: ["app-2"] })).kind, "wait");
    const failing = [{ name: "app-9", release: "r1" }];
    const ending = recovering({
      look: look({ verdict: ONE_POD, backends: "well", failing, pods: 1, leaving: 1 }),
      lastRestartAt: NOW - 15_000,
      restarts: 1,
      replaced: ["app-2"],
      failingSince: { "app-9": NOW - 200_000 },
    });
    assert.equal(decide(ending).kind, "wait");
    assert.equal(decide({ ...ending, lastRestartAt: NOW - 61_000 }).kind, "restart");
  });

  it("isn't resolved while the pod that was replaced is on its way out or its successor isn't there", () => {
    const replacing = recovering({
      look: look({ verdict: WELL, backends: "well", pods: 1, leaving: 1 }),
      faultless: 3,
      lastRestartAt: NOW - 2_000,
      podsBeforeRestart: 2,
      restarts: 1,
      replaced: ["app-2"],
    });
    assert.equal(decide(replacing).kind, "wait");
    const gone = { ...replacing, look: look({ verdict: WELL, backends: "well", pods: 1 }) };
    assert.equal(decide(gone).kind, "wait");
    assert.equal(
      decide({ ...gone, lastRestartAt: NOW - 61_000 }).kind,
      "finish",
      "others may have fewer pods on purpose",
    );
    const there = { ...replacing, look: look({ verdict: WELL, backends: "well", pods: 2 }) };
    assert.equal(decide(there).kind, "finish");
  });

  it("knows from the record whom it has replaced; an update that failed has replaced nobody", () => {
    const asked = event("restarting", { pod: "app-2", release: "r1" }, "restart");
    assert.deepEqual(situationOf([asked, event("updated", {}, "restart")]).replaced, ["app-2"]);
    assert.deepEqual(situationOf([asked]).replaced, [], "a runner may have died before its update");
    assert.deepEqual(situationOf([asked, event("update-failed", {}, "restart")]).replaced, []);
  });

  it("asks a person where the stack can't be updated, doesn't take what was put back for its own, and tries again when resumed", () => {
    const failed = [event("updated", {}, "put-back"), event("update-failed", {}, "hold")];
    const seen = [event("opened"), lookEvent(DOWN)];
    const events = [...seen, ...failed, ...failed, ...failed];
    const situation = situationOf(events);
    assert.equal(situation.held, false, "no update has given it the stack");
    assert.equal(decide(situation).kind, "look");
    assert.equal(decide(situationOf([...events, lookEvent(DOWN)])).kind, "give up");
    const resumed = [...events, lookEvent(DOWN), event("stuck")];
    assert.equal(decide(situationOf(resumed)).kind, "hold");
    const held = [...seen, event("updated", {}, "hold"), event("update-failed", {}, "log-more"), ...failed];
    assert.equal(situationOf(held).held, true, "what was put back is what it held before");
  });

  it("stops replacing pods that don't get better, and waits for people", () => {
    const action = decide(recovering({ restarts: 4 }));
    assert.ok(action.kind === "wait" && action.for === "others");
  });

  it("never restarts while a backend is ill or before the writes in a row, and touches no stack that it doesn't hold", () => {
    fc.assert(
      fc.property(anySituation, fc.option(time, { nil: null }), (situation, loggingEnds) => {
        const action = decide(situation, loggingEnds);
        if (action.kind === "restart") {
          assert.equal(situation.look?.backends, "well");
          assert.notEqual(situation.look?.verdict.suspect, "third party");
          assert.equal(situation.stale, false);
          assert.ok(situation.streak >= LIMITS.writes);
          assert.ok(situation.look?.failing.some(({ name }) => name === action.pod));
          assert.ok(!situation.replaced.includes(action.pod), "no pod is replaced twice");
        }
        if (["restart", "log-more", "log-as-before", "finish"].includes(action.kind))
          assert.equal(situation.held, true);
        if (["finish", "restart", "close", "tell", "log-more"].includes(action.kind) && !situation.finished) {
          const at = situation.look?.at ?? 0;
          assert.ok(at <= NOW && NOW < at + LIMITS.interval, "nothing is done on an old look");
        }
        if (action.kind === "wait") assert.ok(action.until > NOW, "no wait is over already");
        if (action.kind === "finish") assert.equal(loggingEnds, null, "nothing ends with the debug copy still there");
        if (action.kind === "finish" || (action.kind === "close" && !situation.finished))
          assert.ok(situation.faultless >= LIMITS.writes, "one look is no end");
      }),
      { numRuns: 2_000 },
    );
  });
});
