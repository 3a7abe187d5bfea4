import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { judgeErrorRate, newErrorRateMemory, takeIn } from "../../infra/gates/error-rate.ts";
import { difference, NO_REQUESTS, type RequestCount, sum } from "../../infra/metrics/reading.ts";
import { happenings, type Looked, play } from "./simulation.ts";

const [CANARY, STABLE] = ["rc0ffee001", "r5ab1e0001"] as const;
const LIMITS = {
  minimumRequests: 3,
  alpha: 0.05,
  hardLimitPercent: 5,
  withoutUsers: "hold",
  latency: null,
  pods: { restarts: 1, unready: 3 },
} as const;

/** What users had sent to a release by then, through the processes that the baseline shows: of any other nobody can know. */
function usersAt({ users }: Looked, release: string, baseline: Looked): RequestCount {
  const targets = baseline.readings.flatMap((reading) => reading.targets);
  return targets.map((target) => users.get(target)?.get(release) ?? NO_REQUESTS).reduce(sum, NO_REQUESTS);
}

describe("the counters of a Gateway with several processes, users and our own requests", () => {
  it("give users' requests exactly, or the gate holds", () => {
    let [exact, looks] = [0, 0];
    fc.assert(
      fc.property(happenings([CANARY, STABLE], "some"), (all) => {
        let memory = newErrorRateMemory({ release: CANARY, stable: STABLE });
        let truth = { canary: NO_REQUESTS, stable: NO_REQUESTS };
        /** What was really sent when each baseline was taken. */
        let baseline: Looked | null = null;
        play(all, (looked) => {
          looks += 1;
          const before = memory.baseline;
          const taken = takeIn(memory, looked, LIMITS);
          memory = taken.memory;
          if (taken.look.kind === "interval") {
            exact += 1;
            const since = baseline ?? assert.fail();
            const sent = (release: string) =>
              difference(usersAt(looked, release, since), usersAt(since, release, since));
            truth = { canary: sum(truth.canary, sent(CANARY)), stable: sum(truth.stable, sent(STABLE)) };
          } else assert.equal(judgeErrorRate(memory, taken.look, LIMITS).answer === "pass", false);
          if (memory.baseline !== null && memory.baseline.at !== before?.at) baseline = looked;
          assert.deepEqual({ canary: memory.canarySeen, stable: memory.stableSeen }, truth);
        });
      }),
      { seed: 20_261_127, numRuns: 3_000 },
    );
    assert.ok(exact > looks / 5, `${exact} of ${looks} looks were exact: the simulation tests little`);
  });

  it("never let a release pass on production that no user has sent a request to", () => {
    fc.assert(
      fc.property(happenings([CANARY, STABLE], "none"), (all) => {
        let memory = newErrorRateMemory({ release: CANARY, stable: STABLE });
        play(all, (looked) => {
          const taken = takeIn(memory, looked, LIMITS);
          memory = taken.memory;
          assert.equal(judgeErrorRate(memory, taken.look, LIMITS).answer, "hold");
        });
      }),
      { seed: 20_261_127, numRuns: 3_000 },
    );
  });
});
