import assert from "node:assert/strict";
import fc from "fast-check";
import { hasReached, isTooRecent, mayHaveReached } from "../../infra/notify/reached.ts";

const told = (...all: string[]) => all.map((delivered) => ({ delivered }));
const [MINUTE, DAY] = [60_000, 86_400_000];

describe("whom a message has reached", () => {
  it("is somebody once one channel has taken it for certain, or there is none", () => {
    assert.deepEqual([told(), told("yes"), told("no", "yes")].map(hasReached), [true, true, true]);
    assert.deepEqual([told("no"), told("unknown"), told("no", "unknown")].map(hasReached), [false, false, false]);
    assert.deepEqual([told("no"), told("unknown"), told("no", "unknown")].map(mayHaveReached), [false, true, true]);
  });
});

describe("a call that may have reached somebody", () => {
  /** When calls are made by runs that begin again and again, none of which is known to reach anybody. */
  function calls(pause: number, until: number): number[] {
    const made: number[] = [];
    for (let now = 0; now < until; now += pause) {
      const [firstAt, lastAt] = [made[0], made.at(-1)];
      if (firstAt === undefined || lastAt === undefined || !isTooRecent({ firstAt, lastAt }, now)) made.push(now);
    }
    return made;
  }

  it("is made again by the next runner, however soon it comes, also where its clock was set back", () => {
    assert.equal(isTooRecent({ firstAt: 5, lastAt: 5 }, 5), false);
    assert.equal(isTooRecent({ firstAt: 0, lastAt: MINUTE }, MINUTE + 1), true);
    assert.equal(isTooRecent({ firstAt: 0, lastAt: MINUTE }, MINUTE - 1), false);
  });

  it("is late by no more than the outage was long or a quarter of an hour, and isn't made over and over", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1_000, max: 10 * MINUTE }), (pause) => {
        const made = calls(pause, DAY);
        assert.equal(made[1], pause);
        for (const [index, at] of made.entries()) {
          const before = made[index - 1];
          if (index < 2 || before === undefined) continue;
          assert.ok(at - before <= Math.min(before, 15 * MINUTE) + pause, `${before} ms, then ${at} ms`);
        }
        assert.ok(made.length <= 24 * 4 + 20, `${made.length} calls in a day`);
      }),
      { seed: 20_261_128, numRuns: 100 },
    );
  });
});
