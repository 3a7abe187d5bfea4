import assert from "node:assert/strict";
import type { JudgedPod } from "../../infra/gates/gate.ts";
import type { Reading } from "../../infra/metrics/reading.ts";
import { judgeDurations } from "../../infra/onboarding/latency.ts";
import { judgePodsNow } from "../../infra/onboarding/pods.ts";

const RELEASE = "rc0ffee001";

describe("what the doctor says of latency", () => {
  const seen = (bounds: readonly number[]): Reading[] => [
    {
      from: 0,
      to: 1,
      targets: ["gateway"],
      requests: [],
      buckets: bounds.map((le) => ({ key: `b${le}`, target: "gateway", release: RELEASE, value: 1, le })),
      counted: "all",
    },
  ];
  const limits = (milliseconds?: number) => ({
    from: 50,
    quantiles: milliseconds === undefined ? [] : [{ quantile: 0.99, milliseconds }],
  });
  const bounds = [0.01, 0.05, 0.25, 1, Number.POSITIVE_INFINITY];

  it("is by which bounds it is judged", () => {
    const line = judgeDurations("production", limits(1_000), seen(bounds), "updated");
    assert.equal(line.holds, true);
    assert.equal(line.evidence, "requests slower than 50 ms, 250 ms, 1 s are compared with the stable release's");
  });

  it("is that a limit holds every canary where no bound reaches it", () => {
    const line = judgeDurations("production", limits(2_000), seen(bounds), "updated");
    assert.equal(line.holds, false);
    assert.match(line.evidence, /no bound of the histogram is at or above the limit p99 2000 ms/);
  });

  it("is that all bounds are too low, that nothing is there yet, or that nothing is named", () => {
    assert.match(judgeDurations("production", limits(), seen([0.01, 0.02]), "updated").evidence, /at or above 50 ms/);
    assert.match(judgeDurations("production", limits(), seen([]), "updated").evidence, /no duration of a release yet/);
    assert.match(judgeDurations("production", null, [], "updated").evidence, /isn't judged: .* names no histogram/);
  });
});

describe("what the doctor says of the pods' gate", () => {
  const pod = (name: string, restarts: number, waiting: string | null = null): JudgedPod => ({
    name,
    release: RELEASE,
    job: null,
    createdAt: 0,
    ready: waiting === null,
    leaving: false,
    readyChangedAt: null,
    containers: [{ name: "app", restarts, waiting, last: null }],
  });
  const limits = { restarts: 1, unready: 3 };

  it("is what the pods show, and what may be", () => {
    const line = judgePodsNow("production", [pod("a", 2), pod("b", 0)], limits);
    assert.equal(line.holds, true);
    assert.equal(
      line.evidence,
      `${RELEASE}: 2 pods, no restart; 2 restarts since its pods began; 1 restarts and 3 times unready are allowed per step`,
    );
  });

  it("fails where one crashes again and again, and says nothing where there is none", () => {
    assert.equal(judgePodsNow("production", [pod("a", 4, "CrashLoopBackOff")], limits).holds, false);
    assert.match(judgePodsNow("production", [], limits).evidence, /no release yet/);
  });
});
