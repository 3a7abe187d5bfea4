import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { figureOf, inTurns, ratioOf } from "../../verification/bench/updates/measure.ts";
import { lastAnswerAt } from "../../verification/bench/updates/way-back.ts";

describe("the bench's arithmetic", () => {
  it("takes the median and the range", () => {
    assert.deepEqual(figureOf([3, 1, 2]), { median: 2, least: 1, most: 3 });
    assert.deepEqual(figureOf([4, 1, 2, 3]), { median: 2.5, least: 1, most: 4 });
    assert.throws(() => figureOf([]), /nothing was measured/);
  });

  it("compares pair by pair, so that a slow round weighs on both sides", () => {
    assert.deepEqual(ratioOf([2, 20, 2], [1, 10, 1]), { median: 2, least: 2, most: 2 });
  });

  it("takes turns, changes their order, and doesn't count the first round", async () => {
    const order: string[] = [];
    const timed = (name: string) => async () => ({ seconds: order.push(name) });
    const seconds = await inTurns(2, { a: timed("a"), b: timed("b") }, () => undefined);
    assert.equal(order.join(""), "abbaab");
    assert.deepEqual(seconds, { a: [4, 5], b: [3, 6] });
  });

  it("finds the last answer of a release within a span of time", () => {
    const readings = [
      { at: 10, requests: 1 },
      { at: 20, requests: 5 },
      { at: 30, requests: 7 },
      { at: 40, requests: 7 },
      { at: 50, requests: 8 },
    ];
    assert.equal(lastAnswerAt(readings, 15, 45), 30);
    assert.equal(lastAnswerAt(readings, 35, 45), null);
  });
});
