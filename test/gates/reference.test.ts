import assert from "node:assert/strict";
import fc from "fast-check";
import type { Json } from "../../infra/domain/json.ts";
import { headersIn } from "../../infra/domain/release-header.ts";
import { errorRate } from "../../infra/gates/error-rate.ts";
import type { Verdict } from "../../infra/gates/index.ts";
import { highestShare, shareAllowed } from "../../infra/gates/reference.ts";
import { NO_OWN_REQUESTS, newRecorder } from "../../infra/metrics/own-requests.ts";
import { seeded } from "../../verification/bench/gates/random.ts";

const target = {
  baseUrl: "http://127.0.0.1",
  hostname: null,
  release: "rnew",
  stable: "rold",
  headers: headersIn([]),
  healthPath: "/",
  readyPath: "/",
  user: "",
  password: "",
  meter: newRecorder(),
};
const limits = {
  minimumRequests: 40,
  alpha: 0.05,
  hardLimitPercent: 5,
  latency: null,
  pods: { restarts: 1, unready: 3 },
  withoutUsers: "hold",
} as const;

/** Looks of the gate at releases that answer so many requests in between, of which these shares fail; a step ends where `forNextStep` says so. */
function watcher(random: () => number) {
  const totals = new Map([
    ["rold", [0, 0]],
    ["rnew", [0, 0]],
  ]);
  let memory: Json = null;
  let now = 0;
  return {
    async look(requests: Record<string, number>, failing: Record<string, number>): Promise<Verdict> {
      for (const [release, count] of Object.entries(requests)) {
        const [well = 0, bad = 0] = totals.get(release) ?? [];
        let errors = 0;
        for (let one = 0; one < count; one += 1) errors += random() < (failing[release] ?? 0) ? 1 : 0;
        totals.set(release, [well + count - errors, bad + errors]);
      }
      now += 10_000;
      const at = now;
      const series = [...totals].flatMap(([release, counts]) =>
        counts.map((value, index) => {
          const code = index === 0 ? "200" : "500";
          return { key: `${release} ${code}`, target: "gateway", release, code, value };
        }),
      );
      const reading = {
        from: at,
        to: at,
        targets: ["gateway"],
        requests: series,
        buckets: [],
        counted: "all",
      } as const;
      const { verdict, memory: next } = await errorRate.observe({
        target,
        limits,
        memory,
        now,
        counters: async () => [reading],
        pods: async () => [],
        ownMetrics: [],
        since: 0,
        own: NO_OWN_REQUESTS,
        signal: new AbortController().signal,
      });
      memory = next;
      return verdict;
    },
    endStep() {
      memory = errorRate.forNextStep?.(memory) ?? null;
    },
  };
}

/** A canary at 5, 25 and 50 %, as long as ten looks each; then the guard, for so many looks. */
async function guarded(seed: number, shown: number, later: number, looks: number) {
  const random = seeded(seed);
  const gate = watcher(random);
  await gate.look({}, {});
  for (const weight of [5, 25, 50]) {
    for (let turn = 0; turn < 10; turn += 1) {
      const verdict = await gate.look({ rnew: 4 * weight, rold: 4 * (100 - weight) }, { rnew: shown, rold: shown });
      if (verdict.answer === "fail") return { failedAfter: 0, verdict };
    }
    gate.endStep();
  }
  for (let turn = 1; turn <= looks; turn += 1) {
    const verdict = await gate.look({ rnew: 400 }, { rnew: later });
    if (verdict.answer === "fail") return { failedAfter: turn, verdict };
  }
  return null;
}

describe("what the release before showed during the canary", () => {
  it("bounds its true share of failures from above, and more closely the more was seen", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (requests, share) => {
          const errors = Math.floor(share * requests);
          const bound = highestShare({ requests, errors }, 1e-4);
          assert.ok(bound >= errors / requests && bound <= 1);
          assert.ok(bound >= highestShare({ requests: 10 * requests, errors: 10 * errors }, 1e-4) - 1e-9);
        },
      ),
      { seed: 14 },
    );
    assert.equal(highestShare({ requests: 0, errors: 0 }, 1e-4), 1);
    const none = highestShare({ requests: 10_000, errors: 0 }, 1e-4);
    assert.ok(Math.abs(none - (1 - 1e-4 ** (1 / 10_000))) < 1e-6, "without a failure it is known in closed form");
  });

  it("never allows more than the hard limit", () => {
    assert.equal(shareAllowed({ requests: 100, errors: 50 }, 0.05, 1e-4), 0.05);
  });

  it("takes a release back that fails 2 % once it is alone, where the one before failed 0.2 %: well under the hard limit", async () => {
    for (let seed = 1; seed <= 10; seed += 1) {
      const found = await guarded(seed, 0.002, 0.02, 200);
      assert.ok(found !== null && found.failedAfter > 0, `seed ${seed}`);
      assert.match(found.verdict.summary, /fails more often than rold did during the canary/);
      assert.ok(found.failedAfter <= 20, `after ${found.failedAfter} looks`);
    }
  });

  it("leaves a release alone that fails as the one before did, however long it is watched, or a third more often", async () => {
    for (let seed = 1; seed <= 10; seed += 1) {
      for (const later of [0.01, 0.013]) {
        const found = await guarded(seed, 0.01, later, 300);
        // The comparison of the canary itself has a false abort in twenty.
        assert.ok(found === null || found.failedAfter === 0, `seed ${seed}, ${later}: ${found?.verdict.summary}`);
      }
    }
  });
});
