import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { type Answer, combine, GATE_NAMES, GATES, gateLimits } from "../../infra/gates/index.ts";

const of = (...answers: Answer[]) => answers.map((answer) => ({ answer }));

describe("the gates together", () => {
  it("are found by their names", () => {
    assert.deepEqual(
      GATE_NAMES.map((name) => GATES[name].name),
      [...GATE_NAMES],
    );
  });

  it("fail when one fails, else hold when one holds, else pass", () => {
    assert.equal(combine(of("pass", "hold", "fail")), "fail");
    assert.equal(combine(of("pass", "hold", "pass")), "hold");
    assert.equal(combine(of("pass", "pass")), "pass");
    assert.equal(combine([]), "pass");
  });

  it("answer the same in any order, and never better with one gate more", () => {
    const rank: Record<Answer, number> = { fail: 0, hold: 1, pass: 2 };
    const answer = fc.constantFrom<Answer>("pass", "hold", "fail");
    fc.assert(
      fc.property(fc.array(answer), answer, (answers, more) => {
        assert.equal(combine(of(...answers)), combine(of(...answers.toReversed())));
        assert.equal(rank[combine(of(...answers, more))], Math.min(rank[combine(of(...answers))], rank[more]));
      }),
      { seed: 20_261_122 },
    );
  });

  it("take their limits from the settings", () => {
    const settings = {
      minimumRequests: 200,
      errorRate: { alpha: 0.01, hardLimitPercent: 3 },
      latency: { warmUp: 10_000, from: 50, p99: 2_000 },
      pods: { restarts: 1, unready: 3 },
    };
    const unmeasured = gateLimits(settings, { stage: "production", durations: false, scale: 1 });
    assert.deepEqual(unmeasured, {
      minimumRequests: 200,
      alpha: 0.01,
      hardLimitPercent: 3,
      withoutUsers: "hold",
      latency: null,
      pods: settings.pods,
    });
    const measured = gateLimits(settings, { stage: "staging", durations: true, scale: 10 });
    assert.deepEqual(measured, {
      minimumRequests: 200,
      alpha: 0.008,
      hardLimitPercent: 3,
      withoutUsers: "probes",
      latency: {
        alpha: 0.002,
        warmUp: 10_000,
        heldFrom: 2,
        block: 500,
        from: 50,
        quantiles: [{ quantile: 0.99, milliseconds: 2_000 }],
      },
      pods: settings.pods,
    });
    const asked = { ...settings, withoutUsers: "wait" as const };
    assert.equal(gateLimits(asked, { stage: "staging", durations: false, scale: 1 }).withoutUsers, "wait");
  });
});
