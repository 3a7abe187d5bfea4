import assert from "node:assert/strict";
import type { OwnMetric } from "../../infra/metrics/own/metric.ts";
import { judgeOwnMetric, mostServing } from "../../infra/onboarding/own-metrics.ts";

const METRIC: OwnMetric = {
  name: "orders",
  compare: "ratio",
  query: "{{release}}",
  max: 2,
  min: null,
  for: 0,
  ask: () => Promise.reject(new Error("nobody asks here")),
};

describe("what the doctor says of the team's own metrics", () => {
  it("is what came back for the release that serves", () => {
    const line = judgeOwnMetric("staging", METRIC, "r1", { canary: { value: 4.5 }, stable: null });
    assert.deepEqual(line, {
      check: "metric orders of staging",
      holds: true,
      evidence: "r1: 4.5; ratio: max 2",
      remedy: null,
    });
  });

  it("is why nothing came back, and that a canary would hold by it", () => {
    for (const canary of [{ why: "Prometheus has no series for the query" }, { value: Number.NaN }]) {
      const line = judgeOwnMetric("staging", METRIC, "r1", { canary, stable: null });
      assert.equal(line.holds, false);
      assert.match(line.evidence, /^r1: (Prometheus has no series|its value is NaN)/);
      assert.match(line.remedy ?? "", /gates\.metrics/);
    }
  });

  it("is asked about the release of most pods that serve", () => {
    const pod = (release: string | null, job: string | null = null) => ({ release, job, leaving: false });
    assert.equal(mostServing([pod("r1"), pod("r2"), pod("r2"), pod("r1", "migrate"), pod("r1", "migrate")]), "r2");
    assert.equal(mostServing([pod(null)]), null);
  });
});
