import assert from "node:assert/strict";
import { type ReleaseState, stateHash, weightsOf } from "../../infra/domain/releases.ts";
import { EXIT, Refusal } from "../../infra/errors.ts";
import type { Message } from "../../infra/notify/channel.ts";
import type { Delivery } from "../../infra/notify/index.ts";
import type { EventData } from "../../infra/records/events.ts";
import type { RecordStore } from "../../infra/records/store.ts";
import { planOf, type RunbookInput } from "../../infra/runbooks/index.ts";
import { keepPlan, PLAN_VERSIONS } from "../../infra/runbooks/kept-plan.ts";
import { openJournal } from "../../infra/runner/journal.ts";
import { reopenChange } from "../../infra/runner/opening/reopen.ts";
import { abortChange, resumeChange } from "../../infra/runner/resume.ts";
import { incidentSchema } from "../../infra/settings/incident.ts";
import { RUNBOOKS } from "../fixtures/runbooks.ts";
import { sessionOn, steppedClock } from "../runner/session.ts";
import { memoryStack, memoryStore, silent, tape } from "../runner/world.ts";

const COMMIT = "4f8cd63d581c257f0123456789abcdef01234567";
const options = { whenWaiting: "stay", signal: new AbortController().signal } as const;

/** An open change whose first steps have ended, opened by a program that made the given plan of it. */
async function openedWith(input: RunbookInput, ended: number, made: (now: EventData) => EventData) {
  const [store, clock, way] = [memoryStore(), steppedClock(), tape([])];
  const plan = planOf("CHG-2026-11-22-001", input);
  const opened = { stack: "staging", runbook: input.runbook, ...keepPlan(plan, COMMIT) };
  const change = await store.open("staging", new Date(clock.now()), made(opened));
  const journal = await openJournal(store, change, clock, silent);
  await journal.write("planned", null, input);
  let state: ReleaseState = input.base;
  for (const { name, title, touches, task, move } of plan.steps.slice(0, ended)) {
    await journal.write("step-started", name, { title });
    if (touches !== "nothing") {
      const [from, to] = [stateHash(state), move(state)];
      await journal.write("updating", name, { from, to, touches });
      await journal.write("updated", name, {
        to: stateHash(to),
        seconds: 0,
        weights: weightsOf(to),
        changes: {},
        diff: [],
      });
      state = to;
    }
    if (task !== null) await journal.write("task-done", name, { task, result: { summary: task } });
    await journal.write("step-finished", name, { seconds: 0, memory: {}, restorePoint: false });
  }
  const stack = memoryStack(state, way, () => undefined);
  const settings = { incident: incidentSchema.parse({}) };
  const session = { ...sessionOn(stack, store, clock, way), override: null, settings };
  return { session, change, plan, stack, store };
}

/** What the record says after so many events, but that a person is called. */
async function saidSince(store: RecordStore, change: string, events: number): Promise<string[]> {
  const since = (await store.read(change)).slice(events);
  return since.flatMap(({ type }) => (type === "calling" ? [] : [type]));
}

const names = ({ plan }: EventData): string[] => (Array.isArray(plan) ? plan.map(String) : []);
const insertedAt = (place: number) => (now: EventData) => ({ ...now, plan: names(now).toSpliced(place, 0, "new") });
const leftOutAt = (place: number) => (now: EventData) => ({ ...now, plan: names(now).toSpliced(place, 1) });
const renamedAt = (place: number) => (now: EventData) => ({ ...now, plan: names(now).with(place, "other") });
const asItIs = (now: EventData) => now;

/** The refusal of a resume, in words. */
async function refusalOf(work: Promise<unknown>): Promise<Refusal> {
  const refused = await work.then(
    () => assert.fail("it went on"),
    (error: unknown) => error,
  );
  assert.ok(refused instanceof Refusal, String(refused));
  return refused;
}

describe("an open change across a changed plan", function () {
  this.timeout(60_000);

  for (const [name, input] of Object.entries(RUNBOOKS)) {
    const steps = planOf("CHG-2026-11-22-001", input).steps.length;

    it(`${name}: goes on where the plan is the one that it began with, from every step`, async () => {
      for (let ended = 0; ended < steps; ended += 1) {
        const { session } = await openedWith(input, ended, asItIs);
        const { result } = await resumeChange(session, options);
        assert.equal(result.exit, EXIT.done, `after ${ended} steps`);
      }
    });

    it(`${name}: is refused where a step was inserted, renamed or left out anywhere, and nothing is done`, async () => {
      for (let ended = 0; ended < steps; ended += 1) {
        const places = new Set([0, ended - 1, ended, ended + 1, steps - 1].filter((at) => at >= 0 && at < steps));
        for (const place of places) {
          for (const made of [insertedAt(place), renamedAt(place), leftOutAt(place)]) {
            const { session, change, store, stack } = await openedWith(input, ended, made);
            const [events, before] = [(await store.read(change)).length, await stack.state()];
            const { exit, problems } = await refusalOf(resumeChange(session, options));
            assert.equal(exit, EXIT.stuck);
            assert.match(
              problems.join("\n"),
              new RegExp(`step ${place + 1} was .*resume it with this program at commit ${COMMIT}`, "s"),
            );
            assert.deepEqual(await saidSince(store, change, events), ["stuck"]);
            assert.equal(await stack.state(), before);
          }
        }
      }
    });

    it(`${name}: can be called off as long as no step has begun that can't be taken back`, async () => {
      const { steps } = planOf("CHG-2026-11-22-001", input);
      for (let ended = 0; ended < steps.length; ended += 1) {
        const { session, stack } = await openedWith(input, ended, insertedAt(ended));
        const abort = abortChange(session, { reason: "another plan", by: "Ada" }, options);
        if (steps.slice(0, ended).some(({ onFailure }) => onFailure === "stop")) {
          assert.match((await refusalOf(abort)).message, /another plan/);
          continue;
        }
        assert.equal((await abort).result.exit, EXIT.restored, `after ${ended} steps`);
        const state = await stack.state();
        assert.deepEqual([weightsOf(state ?? input.base), state?.change], [weightsOf(input.base), input.base.change]);
      }
    });
  }

  const input = RUNBOOKS.promote;
  assert.ok(input);

  it("is refused where the plan has another version, and goes on where a record from before versions has the first", async () => {
    const version = PLAN_VERSIONS.promote;
    const other = await openedWith(input, 1, (now) => ({ ...now, planVersion: version + 1 }));
    const { problems } = await refusalOf(resumeChange(other.session, options));
    assert.match(
      problems.join("\n"),
      new RegExp(`version ${version + 1} of the plan of promote, and this program has ${version}`),
    );
    const old = await openedWith(input, 1, ({ planVersion: _, program: __, ...opened }) => opened);
    assert.equal((await resumeChange(old.session, options)).result.exit, EXIT.done);
  });

  it("calls whoever is on call once where it has moved weights, however often it is tried, and says once that it can't go on", async () => {
    const canary = planOf("CHG-2026-11-22-001", input).steps.findIndex(({ touches }) => touches === "weights");
    const triedOn = async (ended: number, answers: readonly Delivery["delivered"][]) => {
      const { session, store, change } = await openedWith(input, ended, insertedAt(0));
      const called: Message[] = [];
      const announce: typeof session.announce = async (message) => {
        called.push(message);
        return [{ channel: "pagerduty", delivered: answers[called.length - 1] ?? "yes", detail: "", tries: 1 }];
      };
      const events = (await store.read(change)).length;
      for (let times = 0; times < 4; times += 1) {
        await refusalOf(resumeChange({ ...session, announce }, options));
      }
      return { called, said: await saidSince(store, change, events) };
    };
    assert.deepEqual(await triedOn(canary, []), { called: [], said: ["stuck"] });
    const { called, said } = await triedOn(canary + 1, []);
    assert.deepEqual([called.map(({ type }) => type), said], [["stuck"], ["stuck"]]);
    const text = [called[0]?.headline, ...(called[0]?.lines ?? [])].join("\n");
    for (const part of ["makes another plan of it", "50 %", "runbook abort --stack staging", COMMIT]) {
      assert.ok(text.includes(part), `${part}: ${text}`);
    }
    const unreached = await triedOn(canary + 1, ["no"]);
    assert.deepEqual([unreached.called.length, unreached.said], [2, ["stuck", "stuck"]]);
  });

  it("is refused by the steps that have ended, where the record keeps no plan", async () => {
    const { session, store, change } = await openedWith(input, 2, ({ plan: _, ...opened }) => opened);
    assert.equal((await reopenChange(session, change)).differs, null);
    const journal = await openJournal(store, change, session.clock, silent);
    await journal.write("step-finished", "another", { seconds: 0 });
    assert.match((await refusalOf(resumeChange(session, options))).message, /step 3 was "another"/);
  });

  it("is refused where a newer program has planned it from what this one doesn't know", async () => {
    const { session, store } = await openedWith(input, 0, asItIs);
    const change = await store.open("staging", new Date(session.clock.now()), { stack: "staging", planVersion: 1 });
    const journal = await openJournal(store, change, session.clock, silent);
    await journal.write("planned", null, { ...input, later: true });
    for (const work of [resumeChange(session, options), abortChange(session, { reason: "", by: "" }, options)]) {
      const { message } = await refusalOf(work);
      assert.match(message, /can't be read here .*later/);
      assert.doesNotMatch(message, /abort/);
    }
  });
});
