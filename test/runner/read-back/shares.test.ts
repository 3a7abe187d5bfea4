import assert from "node:assert/strict";
import fc from "fast-check";
import { binomialP, sampleSize, shareProblems } from "../../../infra/runner/read-back/shares.ts";

const sample = (releases: Record<string, number>) => ({ releases, unlabelled: 0, failed: 0 });

/** Requests that a release with the given weight answers when each is an independent draw. */
function drawn(size: number, weight: number, random: () => number): Record<string, number> {
  let hits = 0;
  for (let index = 0; index < size; index += 1) if (random() * 100 < weight) hits += 1;
  return { r1: size - hits, r2: hits };
}

function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

describe("the exact binomial test", () => {
  it("agrees with values known from tables", () => {
    assert.ok(Math.abs(binomialP(2, 10, 0.5) - 0.109375) < 1e-12);
    assert.ok(Math.abs(binomialP(0, 20, 0.25) - 2 * 0.75 ** 20) < 1e-12);
    assert.equal(binomialP(5, 10, 0.5), 1);
  });

  it("knows that no share means no hit, and all of it nothing else", () => {
    assert.deepEqual([binomialP(0, 9, 0), binomialP(1, 9, 0), binomialP(9, 9, 1), binomialP(8, 9, 1)], [1, 0, 1, 0]);
  });

  it("is the same seen from the other side", () => {
    const cases = fc.tuple(fc.integer({ min: 1, max: 400 }), fc.nat({ max: 400 }), fc.integer({ min: 1, max: 99 }));
    fc.assert(
      fc.property(cases, ([trials, hits, percent]) => {
        fc.pre(hits <= trials);
        const one = binomialP(hits, trials, percent / 100);
        const other = binomialP(trials - hits, trials, 1 - percent / 100);
        assert.ok(Math.abs(one - other) < 1e-9);
      }),
    );
  });
});

describe("the shares of a sample", () => {
  it("accepts honest draws of every weight", () => {
    const random = generator(7);
    for (let weight = 0; weight <= 100; weight += 1) {
      const weights = { r1: 100 - weight, r2: weight };
      for (let round = 0; round < 20; round += 1) {
        const answers = drawn(sampleSize(Object.values(weights)), weight, random);
        assert.deepEqual(shareProblems(weights, sample(answers)), [], `${weight} %`);
      }
    }
  });

  it("notices a canary that gets nothing, from the smallest usual step on", () => {
    for (const weight of [1, 5, 10, 25, 50]) {
      const weights = { r1: 100 - weight, r2: weight };
      const answers = sample({ r1: sampleSize(Object.values(weights)) });
      assert.notDeepEqual(shareProblems(weights, answers), [], `${weight} %`);
    }
  });

  it("notices a route that still shares out as in the step before", () => {
    const random = generator(11);
    for (const [before, asked] of [
      [5, 25],
      [25, 50],
      [50, 100],
      [25, 0],
    ] as const) {
      const weights = { r1: 100 - asked, r2: asked };
      const answers = drawn(sampleSize(Object.values(weights)), before, random);
      assert.notDeepEqual(shareProblems(weights, sample(answers)), [], `${before} % in place of ${asked} %`);
    }
  });

  it("takes not one answer from a release without weight, or from one that it doesn't know", () => {
    assert.match(shareProblems({ r1: 100, r2: 0 }, sample({ r1: 199, r2: 1 })).join(), /r2 answers 1 of 200/);
    assert.match(
      shareProblems({ r1: 100 }, sample({ r1: 199, r3: 1 })).join(),
      /r3 answers requests and isn't on the stack/,
    );
  });

  it("never passes without answers that say who gave them", () => {
    assert.match(shareProblems({ r1: 100 }, sample({})).join(), /no answer says/);
    assert.match(
      shareProblems({ r1: 100 }, { releases: { r1: 5 }, unlabelled: 1, failed: 0 }).join(),
      /1 answers don't/,
    );
  });

  it("needs more requests for smaller weights, within bounds", () => {
    assert.deepEqual([sampleSize([100]), sampleSize([50, 50]), sampleSize([0, 100])], [200, 200, 200]);
    assert.ok(sampleSize([95, 5]) > 250 && sampleSize([95, 5]) < 400);
    assert.equal(sampleSize([99.9, 0.1]), 2_000);
  });
});
