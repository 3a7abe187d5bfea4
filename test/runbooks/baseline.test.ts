import assert from "node:assert/strict";
import fc from "fast-check";
import { type ReleaseState, stableRelease, weightProblems, weightsOf } from "../../infra/domain/releases.ts";
import { rollbackTargets } from "../../infra/domain/rollback-targets.ts";
import { planOf } from "../../infra/runbooks/index.ts";
import { base, CHANGE, RUNBOOKS, release } from "../fixtures/runbooks.ts";

const input = RUNBOOKS["promote beside a fresh copy"];
assert.ok(input?.runbook === "promote");
const stable = stableRelease(base);

/** Every state that a promotion goes through, with the step that led there and what is compared in it. */
function walk(weights: number[]) {
  assert.ok(input?.runbook === "promote");
  let state = base;
  return planOf(CHANGE, { ...input, weights }).steps.map(
    (step): { name: string; state: ReleaseState; beside: string } => {
      if (step.touches !== "nothing") state = step.move(state);
      return { name: step.name, state, beside: step.subject?.stable?.id ?? stable.id };
    },
  );
}

const rising = fc
  .uniqueArray(fc.integer({ min: 1, max: 99 }), { maxLength: 5 })
  .map((weights) => [...weights.sort((one, other) => one - other), 100]);

describe("a canary beside a fresh copy of the stable release", () => {
  it("starts with it, gets the same weight where that is left, and is what it is compared with", () => {
    fc.assert(
      fc.property(rising, (weights) => {
        const states = walk(weights);
        const copy = states.find(({ name }) => name === "release")?.state.baseline?.copy;
        assert.ok(copy !== undefined && copy !== stable.id);
        for (const { name, state, beside } of states) {
          assert.deepEqual(weightProblems(state), [], name);
          if (!name.startsWith("canary-")) continue;
          const shares = weightsOf(state);
          const weight = shares[release.id] ?? 0;
          assert.equal(shares[copy], Math.min(weight, 100 - weight), name);
          assert.equal(beside, copy);
        }
      }),
      { seed: 14 },
    );
  });

  it("is the stable release's image, configuration and secrets; nobody goes back to it; it goes with the canary's end", () => {
    const states = walk([5, 100]);
    const canary = states.find(({ name }) => name === "canary-5")?.state;
    assert.ok(canary);
    const copy = canary.releases.find(({ id }) => id === canary.baseline?.copy);
    const { manifest, configuration, secrets } = stable;
    assert.deepEqual([copy?.manifest, copy?.configuration, copy?.secrets], [manifest, configuration, secrets]);
    assert.deepEqual(
      rollbackTargets(canary, release).map(({ id }) => id),
      [stable.id],
    );
    const after = states.findIndex(({ name }) => name === "canary-100");
    assert.deepEqual(
      states.slice(after, after + 2).map(({ name, state }) => [name, state.releases.length, state.baseline === null]),
      [
        ["canary-100", 3, false],
        ["baseline", 2, true],
      ],
    );
    assert.ok(states.slice(after + 1).every(({ state }) => state.baseline === null));
  });
});
