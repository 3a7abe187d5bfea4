import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { TEST_RATIOS } from "../../infra/gates/sequential-test.ts";
import { addShares, logMeanE, newSharesTest, type Share, sharesTestSchema } from "../../infra/gates/shares-test.ts";

const fixed = { seed: 20_261_127, numRuns: 300 };
/** Small margins: requests of the canary and of the stable release, and how many of all of them hit. */
const margins = fc
  .record({ canary: fc.integer({ min: 1, max: 12 }), stable: fc.integer({ min: 1, max: 12 }), part: fc.nat(24) })
  .map(({ canary, stable, part }) => ({ canary, stable, hits: part % (canary + stable + 1) }));
const share: fc.Arbitrary<Share> = fc
  .tuple(fc.nat(3_000), fc.nat(3_000))
  .map(([one, other]) => ({ requests: Math.max(one, other), hits: Math.min(one, other) }));

function choose(n: number, k: number): number {
  let ways = 1;
  for (let at = 1; at <= k; at += 1) ways = (ways * (n - k + at)) / at;
  return ways;
}

/** Every way in which the hits may fall on the canary, with its chance where both releases are as good. */
function ways({ canary, stable, hits }: { canary: number; stable: number; hits: number }) {
  const all: { hits: number; chance: number }[] = [];
  for (let own = Math.max(0, hits - stable); own <= Math.min(hits, canary); own += 1) {
    const chance = (choose(canary, own) * choose(stable, hits - own)) / choose(canary + stable, hits);
    all.push({ hits: own, chance });
  }
  return all;
}

function said(canary: Share, stable: Share): readonly number[] {
  return addShares(newSharesTest(), canary, stable).logE;
}

describe("the comparison of two shares", () => {
  it("has the mean 1 for every ratio where both releases are as good, however common the hits are", () => {
    fc.assert(
      fc.property(margins, ({ canary, stable, hits }) => {
        for (const [index, ratio] of TEST_RATIOS.entries()) {
          let mean = 0;
          let capped = false;
          for (const way of ways({ canary, stable, hits })) {
            const logE = said({ requests: canary, hits: way.hits }, { requests: stable, hits: hits - way.hits })[index];
            mean += way.chance * Math.exp(logE ?? Number.NaN);
            capped ||= logE === Math.log(30);
          }
          assert.ok(mean <= 1 + 1e-9, `${mean} at ratio ${ratio}`);
          if (!capped) assert.ok(mean >= 1 - 1e-9, `${mean} at ratio ${ratio}`);
        }
      }),
      fixed,
    );
  });

  it("falls in the mean where the canary is better", () => {
    fc.assert(
      fc.property(margins, fc.double({ min: 0.05, max: 1, noNaN: true }), ({ canary, stable, hits }, odds) => {
        const tilted = ways({ canary, stable, hits }).map((way) => ({ ...way, chance: way.chance * odds ** way.hits }));
        const total = tilted.reduce((sum, { chance }) => sum + chance, 0);
        for (const index of TEST_RATIOS.keys()) {
          let mean = 0;
          for (const way of tilted) {
            const logE = said({ requests: canary, hits: way.hits }, { requests: stable, hits: hits - way.hits })[index];
            mean += (way.chance / total) * Math.exp(logE ?? Number.NaN);
          }
          assert.ok(mean <= 1 + 1e-9, `${mean}`);
        }
      }),
      fixed,
    );
  });

  it("stays a number for any counts, and no interval says more than its limit", () => {
    fc.assert(
      fc.property(share, share, (canary, stable) => {
        for (const logE of said(canary, stable)) {
          assert.ok(Number.isFinite(logE), `${logE}`);
          assert.ok(logE <= Math.log(30) + 1e-12, `${logE}`);
        }
      }),
      fixed,
    );
  });

  it("agrees with the sum over all ways where there are many of them", () => {
    const canary = { requests: 40, hits: 22 };
    const stable = { requests: 300, hits: 150 };
    const logE = said(canary, stable)[0] ?? Number.NaN;
    const ratio = TEST_RATIOS[0] ?? Number.NaN;
    const mean = ways({ canary: 40, stable: 300, hits: 172 }).reduce(
      (sum, { hits, chance }) => sum + chance * ratio ** hits,
      0,
    );
    assert.ok(Math.abs(logE - (22 * Math.log(ratio) - Math.log(mean))) < 1e-9);
  });

  it("learns nothing where one release served nothing, or where no request or every one hits", () => {
    const test = newSharesTest();
    assert.equal(addShares(test, { requests: 0, hits: 0 }, { requests: 9, hits: 3 }), test);
    assert.equal(addShares(test, { requests: 9, hits: 9 }, { requests: 0, hits: 0 }), test);
    assert.equal(addShares(test, { requests: 9, hits: 0 }, { requests: 90, hits: 0 }), test);
    assert.equal(addShares(test, { requests: 9, hits: 9 }, { requests: 90, hits: 90 }), test);
  });

  it("takes the mean over tests, and survives being written as JSON", () => {
    assert.equal(logMeanE([]), 0);
    const slow = addShares(newSharesTest(), { requests: 20, hits: 10 }, { requests: 380, hits: 2 });
    const one = Math.exp(logMeanE([slow]));
    const both = Math.exp(logMeanE([slow, newSharesTest()]));
    assert.ok(Math.abs(both - (one + 1) / 2) < 1e-9, `${both} is not the mean of ${one} and 1`);
    assert.deepEqual(sharesTestSchema.parse(JSON.parse(JSON.stringify(slow))), slow);
  });
});
