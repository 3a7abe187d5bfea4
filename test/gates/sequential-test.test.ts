import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import {
  addTrials,
  logE,
  newTest,
  pValue,
  ratioInterval,
  rejects,
  type SequentialTest,
  sequentialTestSchema,
  TEST_RATIOS,
  type Trials,
} from "../../infra/gates/sequential-test.ts";
import { meanErrorsUntilAbort, waldBound } from "../../verification/bench/gates/detection.ts";
import { seeded } from "../../verification/bench/gates/random.ts";

const share = fc.double({ min: 0.01, max: 0.99, noNaN: true });
const interval: fc.Arbitrary<Trials> = fc
  .record({ share, trials: fc.nat(30), part: fc.double({ min: 0, max: 1, noNaN: true }) })
  .map(({ part, ...trials }) => ({ ...trials, hits: Math.round(part * trials.trials) }));
const seen = fc.array(interval, { maxLength: 20 });
const fixed = { seed: 20_261_122, numRuns: 300 };

function afterIntervals(intervals: readonly Trials[]): SequentialTest {
  return intervals.reduce(addTrials, newTest());
}

function close(one: number, other: number): void {
  assert.ok(Math.abs(one - other) <= 1e-9 * Math.max(1, Math.abs(one), Math.abs(other)), `${one} is not ${other}`);
}

describe("the sequential test", () => {
  it("bets on twelve ratios from 1.5 to 20", () => {
    assert.equal(TEST_RATIOS.length, 12);
    close(TEST_RATIOS[0] ?? 0, 1.5);
    close(TEST_RATIOS[11] ?? 0, 20);
  });

  it("is the mean of the likelihood ratios, each interval with its own share", () => {
    fc.assert(
      fc.property(seen, (intervals) => {
        let sum = 0;
        for (const ratio of TEST_RATIOS) {
          let log = 0;
          for (const { share: theta0, hits, trials } of intervals) {
            const theta = (theta0 * ratio) / (theta0 * ratio + 1 - theta0);
            log += hits * Math.log(theta / theta0) + (trials - hits) * Math.log((1 - theta) / (1 - theta0));
          }
          sum += Math.exp(log - 200);
        }
        fc.pre(sum > 1e-200);
        close(logE(afterIntervals(intervals)), Math.log(sum / TEST_RATIOS.length) + 200);
      }),
      fixed,
    );
  });

  it("is a martingale where the canary is as good as the stable release, and falls where it is better", () => {
    fc.assert(
      fc.property(seen, share, fc.double({ min: 0, max: 1, noNaN: true }), (intervals, theta0, better) => {
        const test = afterIntervals(intervals);
        const hit = Math.exp(logE(addTrials(test, { share: theta0, hits: 1, trials: 1 })) - logE(test));
        const miss = Math.exp(logE(addTrials(test, { share: theta0, hits: 0, trials: 1 })) - logE(test));
        close(theta0 * hit + (1 - theta0) * miss, 1);
        const theta = theta0 * better;
        assert.ok(theta * hit + (1 - theta) * miss <= 1 + 1e-9);
      }),
      fixed,
    );
  });

  it("doesn't depend on how often it is looked at", () => {
    fc.assert(
      fc.property(share, fc.nat(40), fc.nat(40), fc.nat(40), (theta0, hits, misses, early) => {
        const first = { share: theta0, hits: Math.min(early, hits), trials: Math.min(early, hits) };
        const rest = { share: theta0, hits: hits - first.hits, trials: hits + misses - first.trials };
        close(
          logE(afterIntervals([first, rest])),
          logE(afterIntervals([{ share: theta0, hits, trials: hits + misses }])),
        );
      }),
      fixed,
    );
  });

  it("survives being written as JSON", () => {
    fc.assert(
      fc.property(seen, (intervals) => {
        const test = afterIntervals(intervals);
        assert.deepEqual(sequentialTestSchema.parse(JSON.parse(JSON.stringify(test))), test);
      }),
      fixed,
    );
  });

  it("learns nothing from intervals that only one release served", () => {
    const test = afterIntervals([{ share: 0.1, hits: 3, trials: 5 }]);
    assert.deepEqual(addTrials(test, { share: 1, hits: 9, trials: 9 }), test);
    assert.deepEqual(addTrials(test, { share: 0, hits: 0, trials: 9 }), test);
  });

  it("never takes a rejection back, and its p-value never rises", () => {
    const bad = afterIntervals([{ share: 0.05, hits: 4, trials: 4 }]);
    assert.ok(rejects(bad, 0.05));
    const calm = addTrials(bad, { share: 0.05, hits: 0, trials: 400 });
    assert.ok(logE(calm) < 0);
    assert.ok(rejects(calm, 0.05));
    assert.equal(pValue(calm), pValue(bad));
  });

  it("draws a confidence sequence around the true ratio", () => {
    const theta = (0.2 * 3) / (0.2 * 3 + 0.8);
    const { estimate, low, high } = ratioInterval(
      afterIntervals([{ share: 0.2, hits: 1000 * theta, trials: 1000 }]),
      0.05,
    );
    assert.ok(estimate !== null && Math.abs(estimate - 3) < 0.05, `${estimate}`);
    assert.ok(low !== null && low > 2 && low < 3, `${low}`);
    assert.ok(high !== null && high > 3 && high < 4.5, `${high}`);
  });

  it("bounds only what the data bounds", () => {
    assert.deepEqual(ratioInterval(newTest(), 0.05), { estimate: null, low: null, high: null });
    const none = ratioInterval(afterIntervals([{ share: 0.5, hits: 0, trials: 50 }]), 0.05);
    assert.deepEqual([none.estimate, none.low], [0, null]);
    const all = ratioInterval(afterIntervals([{ share: 0.5, hits: 50, trials: 50 }]), 0.05);
    assert.deepEqual([all.estimate, all.high], [null, null]);
  });

  for (const rho of [0.05, 0.1, 0.25, 0.5]) {
    it(`finds a doubled error rate at ${rho * 100} % weight within 1.4 times Wald's bound`, () => {
      const errors = meanErrorsUntilAbort({ rho, ratio: 2, alpha: 0.05, canaries: 1_500, random: seeded(7) });
      const bound = waldBound({ rho, ratio: 2, alpha: 0.05 });
      assert.ok(errors / bound <= 1.4, `${errors} errors, ${errors / bound} times the bound of ${bound}`);
    });
  }
});
