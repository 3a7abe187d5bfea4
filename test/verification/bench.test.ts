import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { gateLimits } from "../../infra/gates/gate.ts";
import { takenBack } from "../../verification/bench/gates/together.ts";
import { figureOf, inTurns, ratioOf } from "../../verification/bench/updates/measure.ts";
import { lastAnswer } from "../../verification/bench/updates/readings.ts";
import { scheduled } from "../../verification/bench/updates/way-back.ts";

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

  it("finds the last answer of a release that a user got, and none before it is asked for", () => {
    const tally = { requests: 2, failed: 0, share: 0.5, firstAt: 10 };
    const byRelease = { r1: { ...tally, lastAt: 90 }, r2: { ...tally, lastAt: 30 } };
    assert.equal(lastAnswer({ byRelease }, "r2", 15), 30);
    assert.equal(lastAnswer({ byRelease }, "r2", 35), 35);
    assert.equal(lastAnswer({ byRelease }, "r3", 35), 35);
  });
});

describe("a schedule of five minutes", () => {
  it("is as late as the failing sample's place between two calls, from none to all of them alike", () => {
    const { median, least, most } = figureOf(scheduled([4]));
    assert.deepEqual([median, least, most], [154, 34, 274]);
    assert.equal(scheduled([4, 5]).length, 10);
  });
});

describe("good canaries that both gates look at", function () {
  this.timeout(60_000);
  const limits = gateLimits(
    {
      minimumRequests: 100,
      errorRate: { alpha: 0.05, hardLimitPercent: 5 },
      latency: { warmUp: 10_000, from: 50, p99: 2_000 },
      pods: { restarts: 1, unready: 3 },
    },
    { stage: "production", durations: true, scale: 1 },
  );

  it("are taken back at most as often as alpha says, counted once each", () => {
    const service = { median: 60, spread: 0.8, slowed: { share: 0, by: 0 } };
    const steps = [5, 50, 100].map((weight) => ({ weight, seconds: 30 }));
    const canary = { requestsPerSecond: 100, failing: 0.02, service, steps };
    const { latency } = limits;
    assert.ok(latency !== null);
    const { byErrors, byLatency, byEither } = takenBack(canary, { ...limits, latency }, 100, 7);
    assert.ok(byEither <= 5 && byEither <= byErrors + byLatency && byEither >= Math.max(byErrors, byLatency));
  });
});
