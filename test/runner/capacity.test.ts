import assert from "node:assert/strict";
import fc from "fast-check";
import { leastPods, withCapacity } from "../../infra/domain/capacity.ts";
import { type ReleaseState, stableRelease, stateHash, weightsOf } from "../../infra/domain/releases.ts";
import { planOf, type RunbookInput } from "../../infra/runbooks/index.ts";
import { openJournal } from "../../infra/runner/journal.ts";
import { run } from "../../infra/runner/run.ts";
import { CHANGE, RUNBOOKS } from "../fixtures/runbooks.ts";
import { everyGate, sessionOn, steppedClock } from "./session.ts";
import { memoryStack, memoryStore, silent, tape } from "./world.ts";

const least = (state: ReleaseState, id: string): number => {
  const release = state.releases.find((one) => one.id === id);
  return release === undefined ? 0 : leastPods(state, release);
};

/** A change carried to its end where so many pods stand; each state that the stack was brought to. */
async function carried(input: RunbookInput, pods: number, failAt: number | null) {
  const [store, clock, way] = [memoryStore(), steppedClock(), tape([])];
  const states: ReleaseState[] = [];
  const stack = memoryStack(input.base, way, (state) => states.push(state));
  const change = await store.open("production", new Date(clock.now()), {});
  const journal = await openJournal(store, change, clock, silent);
  let looks = 0;
  const gates = everyGate((name) => {
    looks += name === "health" ? 1 : 0;
    return looks === failAt ? "fail" : "pass";
  });
  const session = { ...sessionOn(stack, store, clock, way), gates, desiredPods: async () => pods };
  const { signal } = new AbortController();
  const { exit } = await run({ session, journal, plan: planOf(CHANGE, input), whenWaiting: "stay", signal });
  return { exit, states };
}

describe("the pods of an open change", () => {
  for (const [name, input] of Object.entries(RUNBOOKS)) {
    it(`${name}: stand before their weight comes, and stay until it can't come back; afterwards the settings decide`, async () => {
      for (const pods of [0, 1, 2, 3, 5, 6]) {
        const { exit, states } = await carried(input, pods, null);
        assert.equal(exit, 0);
        for (const [index, state] of states.entries()) {
          const before = states[index - 1] ?? input.base;
          for (const { id, weight } of state.releases) {
            const needed = Math.ceil((pods * weight) / 100);
            const gains = weight > (weightsOf(before)[id] ?? 0);
            // A warm release that a change was opened with has what its own autoscaler gave it.
            const known = index > 0 && before.releases.some((one) => one.id === id);
            if (gains && known)
              assert.ok(least(before, id) >= needed, `${id} is to have ${weight} % with too few pods`);
            if (state.change !== null && weight > 0) assert.ok(least(state, id) >= needed);
          }
          if (state.change === null) assert.deepEqual(state.floors, {});
        }
      }
    });

    // What a restore is taken back with is decided by a person.
    if (input.runbook === "rollback" && input.schema.kind === "restore") continue;
    it(`${name}: are as before once a failure was taken back, and enough while it is`, async () => {
      const { exit, states } = await carried(input, 6, 2);
      const last = states.at(-1);
      assert.ok(last);
      if (exit !== 1) return;
      assert.deepEqual([last.change, last.floors], [null, {}]);
      const serving = stableRelease(last).id;
      for (const state of states.slice(0, -1)) {
        if (state.releases.some(({ id }) => id === serving))
          assert.equal(least(state, serving), 6, "all may come back");
      }
    });
  }

  it("are never more than the settings allow, and never fewer than they ask for", () => {
    const input = RUNBOOKS.promote;
    assert.ok(input);
    const held = { ...input.base, change: { id: CHANGE, runbook: "promote", onCall: "Ada" } };
    fc.assert(
      fc.property(fc.nat(100), (podsForAll) => {
        const sized = withCapacity(held, { podsForAll, next: null, back: input.base });
        for (const release of sized.releases) {
          const pods = leastPods(sized, release);
          assert.ok(pods >= release.scale.min && pods <= release.scale.max);
          assert.ok(pods === release.scale.max || pods >= podsForAll);
        }
        assert.equal(stateHash(withCapacity(sized, { podsForAll: 0, next: null, back: input.base })), stateHash(held));
      }),
      { seed: 15 },
    );
  });
});
