import assert from "node:assert/strict";
import { LONGEST_UPDATE, unwatchedSince } from "../../infra/change/unwatched.ts";
import { changeText } from "../../infra/cli/change-text.ts";
import type { Message } from "../../infra/notify/channel.ts";
import { planOf, type RunbookInput } from "../../infra/runbooks/index.ts";
import { keepPlan } from "../../infra/runbooks/kept-plan.ts";
import { openJournal } from "../../infra/runner/journal.ts";
import { resumeChange } from "../../infra/runner/resume.ts";
import { run } from "../../infra/runner/run.ts";
import type { RecoverySession } from "../../infra/runner/session.ts";
import { incidentSchema } from "../../infra/settings/incident.ts";
import { firstState, manifest, nextRelease } from "../../verification/mocks/release-state.ts";
import { everyGate, sessionOn, steppedClock } from "../runner/session.ts";
import { Killed, memoryStack, memoryStore, silent, tape } from "../runner/world.ts";

const MINUTE = 60_000;
const base = firstState();
const timing = { interval: 30_000, gateTimeout: 2 * MINUTE, drain: 0 };
const promotion: RunbookInput = {
  runbook: "promote",
  base,
  release: nextRelease(base, manifest("2")),
  onCall: "Ada",
  timing,
  weights: [5, 100],
  stepFor: 10 * MINUTE,
  checks: [],
  guarded: false,
  freshBaseline: false,
};

/** A promotion whose runner is killed at its n-th look at the gates, and a session that takes it up later. */
async function killedAt(look: number, later: number) {
  const [store, clock, way] = [memoryStore(), steppedClock(), tape([])];
  const plan = planOf("CHG-2026-11-22-001", promotion);
  const opened = { stack: "staging", runbook: "promote", ...keepPlan(plan, null) };
  const change = await store.open("staging", new Date(clock.now()), opened);
  const journal = await openJournal(store, change, clock, silent);
  await journal.write("planned", null, promotion);
  const stack = memoryStack(base, way, () => undefined);
  const told: Message[] = [];
  let looks = 0;
  const gates = everyGate((name) => {
    looks += name === "health" ? 1 : 0;
    if (looks === look) throw new Killed("at a look");
    return "pass";
  });
  const announce: RecoverySession["announce"] = async (message) => {
    told.push(message);
    return [];
  };
  const session = {
    ...sessionOn(stack, store, clock, way),
    gates,
    override: null,
    settings: { incident: incidentSchema.parse({}) },
    announce,
  };
  const { signal } = new AbortController();
  await assert.rejects(run({ session, journal, plan, whenWaiting: "leave", signal }), Killed);
  const last = journal.events().at(-1);
  await clock.sleepUntil(clock.now() + later, signal);
  const events = journal.events();
  const looked = events.findLast(({ type }) => type === "gate" || type === "round" || type === "updated");
  const since = (updating?: number) => unwatchedSince(plan, journal.progress(), events, clock.now(), updating);
  const resume = (parts: Partial<typeof session> = {}) =>
    resumeChange({ ...session, ...parts }, { whenWaiting: "leave", signal });
  return { plan, told, last, looked, since, resume, store, change, journal, session, clock, signal };
}

describe("a canary with users that nobody looks at", () => {
  it("is told of by the resume that takes it up, once, since the last look at it, and carried to its end", async () => {
    const { told, looked, resume, store, change } = await killedAt(3, 5 * MINUTE);
    assert.equal((await resume()).result.exit, 0);
    assert.deepEqual(
      told.map(({ headline, type }) => [headline, type]),
      [[`staging: a canary with users has been unwatched since ${looked?.at}`, "unwatched"]],
    );
    const noted = (await store.read(change)).filter(({ type }) => type === "unwatched");
    assert.deepEqual(
      noted.map(({ data }) => data.since),
      [looked?.at],
    );
  });

  it("is looked at as long as one that was never left: what holds at the first look after its time takes nothing back", async () => {
    const { resume, store, change } = await killedAt(3, 15 * MINUTE);
    let looks = 0;
    const gates = everyGate((name) => {
      looks += name === "health" ? 1 : 0;
      return name === "health" && looks === 1 ? "hold" : "pass";
    });
    assert.equal((await resume({ gates })).result.exit, 0);
    const rounds = (await store.read(change)).filter(({ type, step }) => type === "round" && step === "canary-5");
    assert.deepEqual(
      rounds.slice(-2).map(({ data }) => data.answer),
      ["hold", "pass"],
    );
  });

  it("is told of under one key while runner after runner can't go on, twice at most", async () => {
    const { told, looked, resume, session, clock, signal, change } = await killedAt(3, 5 * MINUTE);
    const attempts: string[] = [];
    const announce: typeof session.announce = async (message, attempt) => {
      attempts.push(attempt);
      return session.announce(message, attempt);
    };
    for (let times = 0; times < 4; times += 1) {
      let reads = 0;
      const state: typeof session.stack.state = async () => {
        reads += 1;
        if (reads > 1) throw new Error("the stack can't be read");
        return session.stack.state();
      };
      await assert.rejects(resume({ announce, stack: { ...session.stack, state } }), /can't be read/);
      await clock.sleepUntil(clock.now() + 5 * MINUTE, signal);
    }
    assert.deepEqual(new Set(told.map(({ key }) => key)), new Set([`staging/${change}/unwatched/${looked?.at}`]));
    assert.deepEqual(attempts, ["first", "again"]);
  });

  it("isn't told of where a runner was stuck with it, which has called a person: once, however often it is resumed", async () => {
    const { told, resume, session, clock, signal, change, store } = await killedAt(3, 0);
    const update: typeof session.stack.update = async (desired, how) => {
      const record = await store.read(change);
      if (!record.some(({ type }) => type === "failed")) return session.stack.update(desired, how);
      return { kind: "failed", problems: ["the engine said no"] };
    };
    const broken = { stack: { ...session.stack, update }, gates: everyGate(() => "fail") };
    for (let times = 0; times < 4; times += 1) {
      await assert.rejects(resume(broken), /moving the weights back failed/);
      await clock.sleepUntil(clock.now() + 2 * MINUTE, signal);
    }
    assert.deepEqual(
      told.map(({ key }) => key),
      [`staging/${change}/stuck/moving the weights back`],
    );
  });

  it("isn't told of within two intervals, nor before it has users", async () => {
    const soon = await killedAt(3, timing.interval);
    assert.equal(soon.since(), null);
    await soon.resume();
    assert.deepEqual(soon.told, []);
    const without = await killedAt(1, 5 * MINUTE);
    assert.equal(without.since(), null, "its first look is at 0 %");
    await without.resume();
    assert.deepEqual(without.told, []);
  });

  it("isn't told of where nobody uses it and the runner has left until a person agrees, unless that was before it had baked", async () => {
    const { plan, journal, last } = await killedAt(3, 0);
    const { settledAt } = journal.progress();
    const bakeFor = plan.steps[journal.progress().stepIndex]?.bakeFor ?? 0;
    assert.ok(settledAt !== null && bakeFor > 0);
    const at = (time: number) => ({
      ...journal.progress(),
      round: { at: settledAt + time, answer: "hold", waitsFor: "person" } as const,
    });
    const left = new Date(settledAt + bakeFor).toISOString();
    const events = [...journal.events(), { type: "waiting", at: left }];
    const later = settledAt + bakeFor + 10 * MINUTE;
    assert.equal(unwatchedSince(plan, at(bakeFor), events, later, 0), null);
    assert.ok(last);
    assert.ok(unwatchedSince(plan, at(MINUTE), journal.events(), later, 0) !== null);
  });

  it("may be at an update, which says nothing for minutes, unless no runner is there", async () => {
    const { plan, journal, last, looked } = await killedAt(3, 0);
    const updating = { ...journal.progress(), updating: { from: "", to: base } };
    const [now, since] = [Date.parse(last?.at ?? "") + 5 * MINUTE, Date.parse(looked?.at ?? "")];
    const events = journal.events();
    assert.equal(unwatchedSince(plan, updating, events, now), null);
    assert.equal(unwatchedSince(plan, updating, events, now, 0), since);
    assert.equal(unwatchedSince(plan, updating, events, now + LONGEST_UPDATE), since);
  });

  it("stands in the status, with what to do", () => {
    const secret = { current: "g1", pending: null, previous: null, ageDays: 0 };
    const text = changeText(
      {
        stack: "production",
        gateway: "",
        releases: [],
        service: null,
        rollbackTargets: [],
        secrets: { SUPABASE_KEY: secret, SESSION_SECRET: secret, AFM_KEY: secret, REDIS_URL: secret },
        change: {
          id: "CHG-2026-11-22-001",
          runbook: "promote",
          step: "canary-5",
          state: "due",
          resumeAt: null,
          onCall: "Ada",
          approvals: null,
          override: null,
          unwatchedSince: "2026-11-22T12:00:00.000Z",
        },
      },
      Date.parse("2026-11-22T12:30:00Z"),
    ).join("\n");
    assert.match(
      text,
      /a canary with users has been unwatched since 2026-11-22T12:00:00.000Z: `runbook resume --stack production`/,
    );
  });
});
