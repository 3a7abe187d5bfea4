import assert from "node:assert/strict";
import { type ReleaseState, stableRelease, stateHash, weightProblems } from "../../infra/domain/releases.ts";
import { EXIT, Refusal } from "../../infra/errors.ts";
import type { Message } from "../../infra/notify/channel.ts";
import { planOf, type RunbookInput } from "../../infra/runbooks/index.ts";
import { openJournal } from "../../infra/runner/journal.ts";
import { letGoIfMoved, recover } from "../../infra/runner/recovery.ts";
import { run } from "../../infra/runner/run.ts";
import type { RunnerSession } from "../../infra/runner/session.ts";
import type { Stack } from "../../infra/stack/stack.ts";
import { seeded } from "../../verification/bench/gates/random.ts";
import { deployOf, firstState, manifest } from "../../verification/mocks/release-state.ts";
import { sessionOn, steppedClock } from "./session.ts";
import { Killed, memoryStack, memoryStore, silent, tape } from "./world.ts";

const base = firstState();
const inputFor = (version: string): RunbookInput => deployOf(base, version);
const leave = { whenWaiting: "stay", signal: new AbortController().signal } as const;

/** Lets others run in between: each effect of this session gives way a number of times that the seed decides. */
function giving(session: RunnerSession, random: () => number): RunnerSession {
  const way = async () => {
    for (let turns = Math.floor(random() * 6); turns > 0; turns -= 1) await null;
  };
  return {
    ...session,
    stack: {
      ...session.stack,
      update: async (desired, begun) => {
        await way();
        return session.stack.update(desired, begun);
      },
    },
    store: {
      ...session.store,
      append: async (change, seq, draft) => {
        await way();
        return session.store.append(change, seq, draft);
      },
    },
  };
}

/** A runner's exit code, also where it is refused. */
async function exitOf(running: Promise<{ exit: number }>): Promise<number> {
  return running.then(
    ({ exit }) => exit,
    (error: unknown) => {
      if (error instanceof Refusal) return error.exit;
      throw error;
    },
  );
}

function stackOf(): Stack {
  return memoryStack(base, tape([]), (state) => assert.deepEqual(weightProblems(state), []));
}

describe("two runners on one stack", function () {
  this.timeout(60_000);

  it("two changes that begin at once, each with its own records: one wins, the other changes nothing, 50 times", async () => {
    const winners = new Set<number>();
    for (let seed = 1; seed <= 50; seed += 1) {
      const random = seeded(seed);
      const stack = stackOf();
      const runs = ["2", "3"].map(async (version) => {
        const store = memoryStore();
        const clock = steppedClock();
        const change = await store.open("staging", new Date(clock.now()), {});
        const session = giving(sessionOn(stack, store, clock, tape([])), random);
        const journal = await openJournal(session.store, change, clock, silent);
        return exitOf(
          run({ session, journal, plan: planOf(`CHG-2026-11-22-00${version}`, inputFor(version)), ...leave }),
        );
      });
      const exits = await Promise.all(runs);
      assert.deepEqual(exits.toSorted(), [EXIT.done, EXIT.busy], `seed ${seed}`);
      const winner = exits.indexOf(EXIT.done);
      winners.add(winner);
      const state = await stack.state();
      assert.ok(state);
      assert.equal(stableRelease(state).manifest.version, manifest(["2", "3"][winner] ?? "").version);
      assert.equal(state.releases.length, 1);
    }
    assert.equal(winners.size, 2, "either may win");
  });

  it("two that resume one change: it is carried out once, whoever does what, 200 times", async () => {
    for (let seed = 1; seed <= 200; seed += 1) {
      const random = seeded(seed);
      const stack = stackOf();
      const store = memoryStore();
      const clock = steppedClock();
      const change = await store.open("staging", new Date(clock.now()), {});
      const plan = planOf(change, inputFor("2"));
      const resume = async () => {
        const session = giving(sessionOn(stack, store, clock, tape([])), random);
        const journal = await openJournal(session.store, change, clock, silent);
        return exitOf(run({ session, journal, plan, ...leave }));
      };
      const exits = await Promise.all([resume(), resume()]);
      for (const exit of exits) assert.ok(exit === EXIT.done || exit === EXIT.busy, `seed ${seed}: ${exits}`);
      assert.equal(await resume(), EXIT.done, `seed ${seed}`);
      const state = await stack.state();
      assert.deepEqual(
        state?.releases.map(({ id, weight }) => [id, weight]),
        [[plan.release.id, 100]],
      );
    }
  });
});

describe("a stack that somebody else has moved", () => {
  /** A change that was killed after its first update, on a stack that was then moved. */
  async function movedStack(moved: (state: ReleaseState) => ReleaseState) {
    let state = base;
    const inner = memoryStack(base, tape([0, 2]), (next) => {
      state = next;
    });
    const store = memoryStore();
    const clock = steppedClock();
    const change = await store.open("staging", new Date(clock.now()), {});
    const plan = planOf(change, inputFor("2"));
    const first = sessionOn(inner, store, clock, tape([]));
    const journal = await openJournal(store, change, clock, silent);
    await assert.rejects(run({ session: first, journal, plan, ...leave }), Killed);
    const updates: ReleaseState[] = [];
    const found = moved(state);
    const stack = memoryStack(found, tape([]), (next) => updates.push(next));
    const called: Message[] = [];
    const announce: RunnerSession["announce"] = async (message) => {
      called.push(message);
      return [];
    };
    return {
      session: { ...sessionOn(stack, store, clock, tape([])), announce },
      called,
      journal: await openJournal(store, change, clock, silent),
      plan,
      found,
      updates,
    };
  }
  const byHand = (state: ReleaseState): ReleaseState => ({ ...state, route: { ...state.route, onCall: "Somebody" } });
  const refusedWith = (exit: number, text: RegExp) => (error: unknown) =>
    error instanceof Refusal && error.exit === exit && text.test(error.message);

  it("by hand: resume says what stands and leaves with 70, and overwrites nothing", async () => {
    const { session, journal, plan, updates, called } = await movedStack(byHand);
    await assert.rejects(
      recover({ session, journal, plan, ...leave }),
      refusedWith(
        EXIT.stuck,
        /was changed outside this change \(a manual `pulumi up`\?\) .*is now at .*; nothing was overwritten/,
      ),
    );
    assert.deepEqual(updates, []);
    assert.equal(journal.events().at(-1)?.type, "moved");
    await assert.rejects(recover({ session, journal, plan, ...leave }), Refusal);
    assert.equal(journal.events().filter(({ type }) => type === "moved").length, 1, "told once");
    assert.deepEqual(
      called.map(({ key }) => key),
      [`staging/${journal.change}/stuck/moved`],
    );
    assert.match(called[0]?.lines.join("\n") ?? "", /is now at .*\n.*or keep the current state with `runbook abort/s);
  });

  it("outside: resume calls again where the call reached nobody", async () => {
    const { session, journal, plan } = await movedStack(byHand);
    const answers = ["no", "unknown", "yes"] as const;
    let calls = 0;
    const announce: RunnerSession["announce"] = async () => {
      calls += 1;
      return [{ channel: "pagerduty", delivered: answers[calls - 1] ?? "yes", detail: "", tries: 1 }];
    };
    for (let left = 5; left > 0; left -= 1) {
      await assert.rejects(recover({ session: { ...session, announce }, journal, plan, ...leave }), Refusal);
    }
    assert.equal(calls, 3);
    assert.equal(journal.events().filter(({ type }) => type === "moved").length, 3, "each try stands in the record");
    assert.equal(journal.events().at(-1)?.type, "moved");
  });

  it("by another change: resume names it and leaves with 4", async () => {
    const { session, journal, plan, updates, called } = await movedStack((state) => ({
      ...state,
      change: { id: "CHG-2026-11-22-009", runbook: "deploy", onCall: "Grace" },
    }));
    const named = refusedWith(EXIT.busy, /CHG-2026-11-22-009 \(deploy, on call: Grace\)/);
    await assert.rejects(recover({ session, journal, plan, ...leave }), named);
    assert.deepEqual(updates, []);
    assert.deepEqual(called, [], "the other change has its own owner");
  });

  it("abort lets what stands stand, and only lets the stack go, whatever it had seen a moment ago", async () => {
    const { session, journal, plan, found, updates } = await movedStack(byHand);
    const result = await letGoIfMoved({ session, journal, plan, ...leave }, found);
    assert.equal(result?.exit, EXIT.stuck);
    assert.deepEqual(updates, [{ ...found, change: null }]);
    assert.equal(journal.progress().closed?.outcome, "left");
  });

  it("is left alone by an update too that is under way", async () => {
    const { session, journal, plan, found } = await movedStack(byHand);
    await assert.rejects(run({ session, journal, plan, ...leave }), refusedWith(EXIT.stuck, /nothing was overwritten/));
    assert.equal(stateHash((await session.stack.state()) ?? base), stateHash(found));
  });
});
