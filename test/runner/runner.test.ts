import assert from "node:assert/strict";
import { z } from "zod";
import type { Plan, Step } from "../../infra/change/plan.ts";
import { progressOf } from "../../infra/change/progress.ts";
import {
  type ReleaseState,
  stableRelease,
  stateHash,
  weightProblems,
  weightsOf,
  withoutJobs,
} from "../../infra/domain/releases.ts";
import { Refusal } from "../../infra/errors.ts";
import type { Message } from "../../infra/notify/channel.ts";
import { planOf, type RunbookInput } from "../../infra/runbooks/index.ts";
import { step } from "../../infra/runbooks/moves.ts";
import { openJournal } from "../../infra/runner/journal.ts";
import { run } from "../../infra/runner/run.ts";
import type { RunnerSession } from "../../infra/runner/session.ts";
import { firstState, manifest, migration, nextRelease } from "../../verification/mocks/release-state.ts";
import { rollbacksFrom } from "../fixtures/rollbacks.ts";
import { outside, sessionOn, staying, steppedClock } from "./session.ts";
import { Killed, memoryStack, memoryStore, silent, type Tape, tape } from "./world.ts";

const toldSchema = z.object({
  reason: z.string(),
  evidence: z.array(z.object({ gate: z.string(), step: z.string() })),
  scope: z.object({ largestShare: z.number() }),
});
const base = firstState();
/** Where stacks were found: the release state, the step, whether on the way back. */
const states = new Set<string>();
const release = nextRelease(base, manifest("2", { migrations: [...base.schema, migration("0002_more")] }));
const shared = { base, release, onCall: "Ada", timing: { interval: 10, gateTimeout: 30, drain: 5 } };
const INPUTS: Record<string, RunbookInput> = {
  deploy: { runbook: "deploy", ...shared, soak: { nominal: 20, wall: 20 } },
  promote: {
    runbook: "promote",
    ...shared,
    weights: [50, 100],
    stepFor: 10,
    checks: [{ nominal: 50, wall: 50 }],
    guarded: false,
    freshBaseline: false,
  },
};

interface End {
  state: ReleaseState;
  exit: number;
  /** what was announced, in its order */
  told: Message[];
  /** what its tasks have left outside the stack */
  outside: readonly string[];
}

interface Life {
  input: RunbookInput;
  /** whether writers are killed too */
  writes: "never killed" | "killed";
  /** what is done with a change whose runner was killed */
  onwards?: "resume" | "abort";
  /** what is made of the plan; the plan as it is where it is left out */
  shaped?: (plan: Plan) => Plan;
  /** what the session sees of a rotation's invariants */
  invariants?: NonNullable<RunnerSession["invariants"]>;
}

/** A plan whose release step has a task after its update, and which has one that stands alone and one that undoes them. */
function withTasks(plan: Plan): Plan {
  const steps = plan.steps.flatMap((one): Step[] => {
    if (one.name !== "release") return [one];
    const alone = step({ name: "alone", title: "alone", task: "mint" });
    return [alone, { ...one, task: "probe" }];
  });
  return { ...plan, steps, undo: "unmint" };
}

/** Carries a change to its end, taken up again after every kill; checks what must hold on the way. */
async function live(
  { input, writes, onwards = "resume", shaped = (plan) => plan, invariants }: Life,
  way: Tape,
): Promise<End> {
  const { base, release } = input;
  const told: Message[] = [];
  const store = memoryStore(writes === "killed" ? way : null);
  let change = "";
  const stack = memoryStack(base, way, (state) => {
    assert.deepEqual(weightProblems(state), []);
    const shown = progressOf(store.records.get(change) ?? []);
    const ready = new Set([
      ...Object.keys(weightsOf(base)),
      ...(shown.finishedAt.release === undefined ? [] : [release.id]),
    ]);
    for (const { id, weight } of state.releases)
      assert.ok(weight === 0 || ready.has(id), `${id} has weight before it was ready`);
    states.add(`${stateHash(state)} ${shown.stepIndex} ${shown.failure === null}`);
    const idle = state.releases.filter(({ weight }) => weight === 0);
    assert.ok(idle.length <= 1, "one release at most waits without traffic");
  });
  const clock = steppedClock();
  const session = { ...sessionOn(stack, store, clock, way, told), ...(invariants === undefined ? {} : { invariants }) };
  outside.clear();
  change = await store.open("staging", new Date(clock.now()), {});
  const plan = shaped(planOf(change, input));
  for (let lives = 0; lives < 20; lives += 1) {
    const journal = await openJournal(store, change, clock, silent);
    try {
      if (
        lives > 0 &&
        onwards === "abort" &&
        journal.progress().failure === null &&
        journal.progress().closed === null
      ) {
        await journal.write("abort-requested", null, { reason: "aborted" });
      }
      const { exit } = await run(staying({ session, journal, plan }));
      const left = [...(outside.get(change) ?? [])];
      return { state: (await stack.state()) ?? base, exit, told, outside: left };
    } catch (error) {
      const again = error instanceof Killed || (error instanceof Refusal && error.exit === 70);
      if (!again) throw error;
    }
  }
  return assert.fail("the change never came to an end");
}

/** Every tape that leaves the first way at most `turns` times. */
async function explore(life: Life, turns: number, check: (end: End, choices: number[]) => void): Promise<number> {
  let runs = 0;
  const visit = async (choices: number[], left: number): Promise<void> => {
    const way = tape(choices);
    check(await live(life, way), choices);
    runs += 1;
    if (left === 0) return;
    for (const [place, { ways }] of way.taken.entries()) {
      if (place < choices.length) continue;
      const soFar = way.taken.slice(0, place).map(({ way: taken }) => taken);
      for (let turn = 1; turn < ways; turn += 1) await visit([...soFar, turn], left - 1);
    }
  };
  await visit([], turns);
  return runs;
}

describe("the runner", () => {
  for (const [name, input] of Object.entries(INPUTS)) {
    it(`${name}: without trouble the new release stands alone and has passed`, async () => {
      const { state, exit } = await live({ input, writes: "never killed" }, tape([]));
      assert.equal(exit, 0);
      assert.deepEqual(
        state.releases.map(({ id, weight, passed }) => [id, weight, passed]),
        [[release.id, 100, "CHG-2026-11-22-001"]],
      );
      assert.equal(state.change, null);
      assert.deepEqual(state.schema, release.manifest.migrations);
    });

    it(`${name}: whatever fails, holds or is killed, up to two at once, it ends done or back where it was`, async function () {
      this.timeout(120_000);
      const done = stateHash((await live({ input, writes: "never killed" }, tape([]))).state);
      const ends = new Map<number, number>();
      const runs = await explore({ input, writes: "never killed" }, 2, ({ state, exit }, choices) => {
        const told = `choices ${JSON.stringify(choices)}`;
        ends.set(exit, (ends.get(exit) ?? 0) + 1);
        if (exit === 0) return assert.equal(stateHash(state), done, told);
        assert.equal(exit, 1, told);
        assert.equal(stateHash({ ...withoutJobs(state), schema: base.schema }), stateHash(withoutJobs(base)), told);
        return assert.equal(stableRelease(state).id, stableRelease(base).id, told);
      });
      assert.ok((ends.get(0) ?? 0) > 0 && (ends.get(1) ?? 0) > 0);
      console.log(`        ${runs} runs: ${ends.get(0)} done, ${ends.get(1)} brought back; ${states.size} states`);
    });

    it(`${name}: killed before or after any write of its record, it ends as if it hadn't been`, async function () {
      this.timeout(120_000);
      const done = stateHash((await live({ input, writes: "never killed" }, tape([]))).state);
      let killed = 0;
      const runs = await explore({ input, writes: "killed" }, 1, ({ state, exit }, choices) => {
        if (exit === 0) assert.equal(stateHash(state), done, JSON.stringify(choices));
        else
          assert.equal(
            stateHash({ ...withoutJobs(state), schema: base.schema }),
            stateHash(withoutJobs(base)),
            JSON.stringify(choices),
          );
        killed += 1;
      });
      assert.equal(runs, killed);
      console.log(`        ${runs} runs; ${states.size} states`);
    });

    it(`${name}: aborted from wherever it was killed, the stack goes back`, async function () {
      this.timeout(120_000);
      const ends = new Set<number>();
      const runs = await explore({ input, writes: "killed", onwards: "abort" }, 1, ({ state, exit }, choices) => {
        ends.add(exit);
        if (exit === 1)
          assert.equal(
            stateHash({ ...withoutJobs(state), schema: base.schema }),
            stateHash(withoutJobs(base)),
            JSON.stringify(choices),
          );
      });
      assert.deepEqual([...ends].toSorted(), [0, 1], "0 where nothing was killed, or only after the end");
      console.log(`        ${runs} runs; ${states.size} states`);
    });
  }

  it("tasks: done once each, or undone once the stack is back, whatever fails or is killed, up to two at once", async function () {
    this.timeout(120_000);
    const input = INPUTS.deploy;
    assert.ok(input);
    const life = { input, writes: "never killed", shaped: withTasks } as const;
    const ends = new Set<number>();
    const runs = await explore(life, 2, ({ exit, outside: left }, choices) => {
      ends.add(exit);
      assert.deepEqual(left, exit === 0 ? ["mint", "probe"] : [], JSON.stringify(choices));
    });
    assert.deepEqual([...ends].toSorted(), [0, 1]);
    console.log(`        ${runs} runs`);
  });

  it("tasks: killed before or after any write of the record, they end as if nothing had been killed", async function () {
    this.timeout(120_000);
    const input = INPUTS.deploy;
    assert.ok(input);
    const life = { input, writes: "killed", shaped: withTasks } as const;
    await explore(life, 1, ({ exit, outside: left }, choices) => {
      assert.deepEqual(left, exit === 0 ? ["mint", "probe"] : [], JSON.stringify(choices));
    });
  });

  it("a rotation whose invariants break stops before the next step and goes back", async () => {
    const input = INPUTS.deploy;
    assert.ok(input);
    const rotation = {
      secret: "REDIS_URL",
      old: "g1",
      next: "g2",
      handedOver: null,
      urgency: "planned",
      unusedFor: 0,
    } as const;
    const life = { input, writes: "never killed", shaped: (plan: Plan): Plan => ({ ...plan, rotation }) } as const;
    assert.equal((await live(life, tape([]))).exit, 0);
    const watched: string[] = [];
    const invariants: NonNullable<RunnerSession["invariants"]> = async ({ step }) => {
      watched.push(step.name);
      return { breaches: step.name === "soak" ? ["I1: broken"] : [], unknown: null };
    };
    const { exit, state } = await live({ ...life, invariants }, tape([]));
    assert.equal(exit, 1);
    assert.equal(stateHash({ ...withoutJobs(state), schema: base.schema }), stateHash(withoutJobs(base)));
    assert.equal(watched.at(-1), "soak");
  });

  it("a failure goes back to the last restore point, and no further", async () => {
    const input = INPUTS.promote;
    assert.ok(input);
    const shaped = (plan: Plan): Plan => ({
      ...plan,
      steps: plan.steps.map((one) => (one.name === "canary-100" ? { ...one, restorePoint: true } : one)),
    });
    const life = { input, writes: "never killed", shaped } as const;
    const straight = tape([]);
    await live(life, straight);
    const check = straight.taken.findLastIndex(({ ways }) => ways === 3);
    const { state, exit } = await live(life, tape([...Array(check).fill(0), 1]));
    assert.equal(exit, 1);
    assert.deepEqual(Object.values(weightsOf(state)), [0, 100]);
    assert.equal(state.change, null);
  });

  it("a check that fails in the guard takes the release back at once, says so once and names the gate", async () => {
    const input = INPUTS.promote;
    assert.ok(input);
    const straight = tape([]);
    assert.deepEqual((await live({ input, writes: "never killed" }, straight)).told, []);
    const check = straight.taken.findLastIndex(({ ways }) => ways === 3);
    const { state, exit, told } = await live({ input, writes: "never killed" }, tape([...Array(check).fill(0), 1]));
    assert.equal(exit, 1);
    assert.deepEqual(weightsOf(state), weightsOf(base));
    const [message, ...more] = told;
    assert.deepEqual(more, []);
    const { reason, evidence, scope } = toldSchema.parse(message?.details);
    assert.equal(reason, 'a gate failed at "check at T+50ms"');
    assert.deepEqual(evidence, [{ gate: "health", step: "check-50ms" }]);
    assert.equal(scope.largestShare, 100);
  });

  const back = stableRelease(base);
  for (const [name, input] of Object.entries(rollbacksFrom(shared))) {
    it(`rollback (${name}): up to two failures, holds or kills, and it ends back on the old release or where it was`, async function () {
      this.timeout(120_000);
      const straight = await live({ input, writes: "never killed" }, tape([]));
      assert.equal(straight.exit, 0);
      assert.deepEqual(weightsOf(straight.state), { [back.id]: 100 });
      assert.deepEqual(straight.state.schema, base.schema);
      assert.equal(straight.state.change, null);
      const ends = new Map<number, number>();
      const runs = await explore({ input, writes: "never killed" }, 2, ({ state, exit }, choices) => {
        const told = `choices ${JSON.stringify(choices)}`;
        ends.set(exit, (ends.get(exit) ?? 0) + 1);
        if (exit === 0) return assert.equal(stateHash(state), stateHash(straight.state), told);
        assert.equal(exit, 1, told);
        return assert.equal(stateHash(state), stateHash(withoutJobs(input.base)), told);
      });
      assert.ok((ends.get(0) ?? 0) > 0);
      console.log(`        ${runs} runs: ${ends.get(0)} done, ${ends.get(1) ?? 0} brought back`);
    });
  }
});
