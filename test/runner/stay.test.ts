import assert from "node:assert/strict";
import fc from "fast-check";
import { decide } from "../../infra/change/decide.ts";
import { NOT_BEGUN } from "../../infra/change/progress.ts";
import { stableRelease, weightsOf } from "../../infra/domain/releases.ts";
import { planOf, type RunbookInput } from "../../infra/runbooks/index.ts";
import { systemClock } from "../../infra/runner/clock.ts";
import { openJournal } from "../../infra/runner/journal.ts";
import { run } from "../../infra/runner/run.ts";
import { firstState, manifest, nextRelease } from "../../verification/mocks/release-state.ts";
import { everyGate, sessionOn, steppedClock } from "./session.ts";
import { memoryStack, memoryStore, silent, tape } from "./world.ts";

const MINUTE = 60_000;
const base = firstState();
const release = nextRelease(base, manifest("2"));
const timing = { interval: 30_000, gateTimeout: 10 * MINUTE, drain: 10 * MINUTE };
const promotion: RunbookInput = {
  runbook: "promote",
  base,
  release,
  onCall: "Ada",
  timing,
  weights: [5, 25, 50, 100],
  stepFor: 10 * MINUTE,
  checks: [15 * MINUTE, 60 * MINUTE, 24 * 60 * MINUTE].map((wall) => ({ nominal: wall, wall })),
  guarded: true,
  freshBaseline: false,
};

/** A runner that was started without `--wait`, as CI does, and where it has left the change. */
async function leaving(input: RunbookInput, failAt: number | null) {
  const [store, clock, way] = [memoryStore(), steppedClock(), tape([])];
  const change = await store.open("production", new Date(clock.now()), {});
  const stack = memoryStack(input.base, way, () => undefined);
  let looks = 0;
  const gates = everyGate((name) => {
    looks += name === "health" ? 1 : 0;
    return looks === failAt ? "fail" : "pass";
  });
  const journal = await openJournal(store, change, clock, silent);
  const session = { ...sessionOn(stack, store, clock, way), gates };
  const plan = planOf(change, input);
  const { signal } = new AbortController();
  const go = () => run({ session, journal, plan, whenWaiting: "leave", signal });
  return { go, journal, plan, stack, session };
}

describe("a runner that may leave", () => {
  it("stays from the canary's first weight to the end of its last step, then leaves until the first check", async () => {
    const { go, journal, stack } = await leaving(promotion, null);
    const { exit, resumeAt } = await go();
    assert.equal(exit, 75);
    const { finishedAt } = journal.progress();
    assert.deepEqual(Object.keys(finishedAt), ["release", "canary-5", "canary-25", "canary-50", "canary-100"]);
    assert.equal(resumeAt, (finishedAt["canary-100"] ?? 0) + 15 * MINUTE);
    assert.deepEqual(weightsOf((await stack.state()) ?? base), { [stableRelease(base).id]: 0, [release.id]: 100 });
    assert.equal(journal.events().filter(({ type }) => type === "waiting").length, 1);
  });

  it("looks at a canary as often as ever where the clock is set back by an hour meanwhile, and no more often", async () => {
    const interval = 40;
    const input = { ...promotion, timing: { ...timing, interval }, stepFor: 10 * MINUTE };
    const { plan, session } = await leaving(input, null);
    let set = 0;
    const looks: number[] = [];
    const ended = new AbortController();
    const gates = everyGate((name) => {
      if (name === "health") looks.push(performance.now());
      if (looks.length === 3) set = -60 * MINUTE;
      if (looks.length === 10) ended.abort();
      return "pass";
    });
    const clock = systemClock(1, () => Date.now() + 60 * MINUTE + set);
    const store = memoryStore();
    const change = await store.open("production", new Date(clock.now()), {});
    const journal = await openJournal(store, change, clock, silent);
    await run({
      session: { ...session, store, clock, gates },
      journal,
      plan,
      whenWaiting: "stay",
      signal: ended.signal,
    });
    const [since = 0, last = 0] = [looks[3], looks.at(-1)];
    assert.equal(looks.length, 10);
    assert.ok(last - since >= 5 * interval, "it doesn't look without a pause");
  });

  it("stays until a canary that fails is taken back", async () => {
    const { go, journal, stack } = await leaving(promotion, 30);
    const { exit } = await go();
    assert.equal(exit, 75, "the drain may be sat out elsewhere");
    assert.ok(journal.progress().restoredAt !== null);
    assert.deepEqual(weightsOf((await stack.state()) ?? base), { [stableRelease(base).id]: 100, [release.id]: 0 });
  });

  it("looks at what is counted at every resume between the checks, and takes the release back where it fails", async () => {
    const { go, journal, stack, session } = await leaving(promotion, null);
    assert.equal((await go()).exit, 75);
    const looks = () => journal.events().filter(({ type, step }) => type === "gate" && step === "check-15m").length;
    const before = looks();
    assert.equal((await go()).exit, 75);
    assert.equal(looks(), before, "no sooner than the interval");
    await session.clock.sleepUntil(session.clock.now() + 5 * MINUTE, new AbortController().signal);
    assert.equal((await go()).exit, 75);
    assert.ok(looks() > before);
    session.gates["error-rate"] = everyGate(() => "fail")["error-rate"];
    await session.clock.sleepUntil(session.clock.now() + 5 * MINUTE, new AbortController().signal);
    await go();
    assert.equal(journal.progress().failure?.reason, 'a gate failed before "check at T+15m"');
    assert.deepEqual(weightsOf((await stack.state()) ?? base), { [stableRelease(base).id]: 100, [release.id]: 0 });
  });

  it("leaves in the soak", async () => {
    const day = 24 * 60 * MINUTE;
    const soak = { nominal: day, wall: day };
    const { go, journal, plan } = await leaving(
      { runbook: "deploy", base, release, onCall: "Ada", timing, soak },
      null,
    );
    assert.equal((await go()).exit, 75);
    assert.equal(plan.steps[journal.progress().stepIndex]?.name, "soak");
  });

  it("is never told that it may leave while a release that hasn't passed has users", () => {
    const plan = planOf("CHG-2026-11-22-001", promotion);
    const answer = fc.constantFrom("pass", "hold", "fail" as const);
    const round = fc.option(fc.record({ at: fc.integer({ min: 0, max: 20 * MINUTE }), answer }));
    fc.assert(
      fc.property(fc.nat(plan.steps.length - 1), round, fc.nat(40 * MINUTE), (stepIndex, round, now) => {
        const progress = { ...NOT_BEGUN, stepIndex, startedAt: 0, updated: true, settledAt: 0, round } as const;
        const action = decide(plan, progress, now);
        if (action.kind !== "wait" || action.step?.touches !== "weights") return;
        assert.ok(!action.mayLeave);
      }),
      { seed: 14 },
    );
  });
});
