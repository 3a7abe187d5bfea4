import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { parseExposition, type Sample } from "../../infra/clients/exposition.ts";
import { parseQueryAnswer } from "../../infra/clients/prometheus.ts";
import { countersFrom } from "../../infra/metrics/sources.ts";
import { durationsIn, latenciesFrom } from "./histograms.ts";

const STACK = { namespace: "app-staging", application: "app", metricsPath: "/metrics", probePaths: [] };
const NO_PODS = { pods: async () => [], podProxyText: async () => "", targetGroups: async () => [] };

const SCRAPE = {
  source: "scrape",
  namespace: "gateway-system",
  service: "gateway-metrics",
  port: 9090,
  path: "/metrics",
  metric: "gateway_requests_total",
  releaseLabel: "release",
  codeLabel: "code",
} as const;

const bucket = (release: string, le: string, value: number): Sample => ({
  metric: "gateway_request_duration_seconds_bucket",
  labels: { release, le },
  value,
});

describe("the histograms of durations", () => {
  it("adds a release's series up, and counts what took longer than each bound in milliseconds", () => {
    const samples = [
      ...[bucket("r1", "0.1", 6), bucket("r1", "2.5", 9), bucket("r1", "+Inf", 10)],
      ...[bucket("r1", "0.1", 1), bucket("r1", "2.5", 1), bucket("r1", "+Inf", 2)],
      ...[bucket("r2", "+Inf", 4), bucket("r2", "2.5", 4), bucket("r2", "0.1", 0)],
    ];
    assert.deepEqual(durationsIn(samples, "release", 5), {
      at: 5,
      releases: {
        r1: { requests: 12, bounds: [100, 2_500], slower: [5, 2] },
        r2: { requests: 4, bounds: [100, 2_500], slower: [4, 0] },
      },
    });
  });

  const NONSENSE: { what: string; samples: Sample[]; says: RegExp }[] = [
    { what: "nothing", samples: [], says: /no bucket/ },
    { what: "no bucket for all", samples: [bucket("r1", "1", 5)], says: /no bucket le="\+Inf"/ },
    { what: "no label", samples: [{ metric: "m", labels: { release: "r1" }, value: 1 }], says: /lacks the label/ },
    { what: "a bound that is none", samples: [bucket("r1", "soon", 5)], says: /no duration/ },
    { what: "NaN", samples: [bucket("r1", "+Inf", Number.NaN)], says: /is NaN/ },
    { what: "a negative count", samples: [bucket("r1", "+Inf", -1)], says: /is -1/ },
  ];
  for (const { what, samples, says } of NONSENSE) {
    it(`refuses ${what}`, () => {
      assert.throws(() => durationsIn(samples, "release", 0), says);
    });
  }

  it("reads the scraped metric that the settings name, and no other", async () => {
    const text = [
      "# TYPE gateway_request_duration_seconds histogram",
      'gateway_request_duration_seconds_bucket{release="r1",le="0.1"} 3',
      'gateway_request_duration_seconds_bucket{release="r1",le="+Inf"} 4',
      'gateway_request_duration_seconds_count{release="r1"} 4',
      'other_bucket{release="r1",le="+Inf"} 9',
      'gateway_requests_total{release="r1",code="200"} 4',
    ].join("\n");
    const source = { ...SCRAPE, durations: "gateway_request_duration_seconds" };
    const read = latenciesFrom(countersFrom(source, STACK, { ...NO_PODS, serviceProxyText: async () => text }));
    assert.deepEqual((await read()).releases, { r1: { requests: 4, bounds: [100], slower: [1] } });
    assert.equal(parseExposition(text).length, 5);
  });

  it("rejects where the settings name none", async () => {
    const text = 'gateway_requests_total{release="r1",code="200"} 4';
    const read = latenciesFrom(countersFrom(SCRAPE, STACK, { ...NO_PODS, serviceProxyText: async () => text }));
    await assert.rejects(read(), /no bucket of the durations/);
  });

  it("takes a native histogram at powers of two, whatever its resolution", () => {
    const resolution = fc.integer({ min: 0, max: 3 });
    const took = fc.array(fc.double({ min: 0.0011, max: 30, noNaN: true }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(resolution, took, (schema, seconds) => {
        const counts = new Map<number, number>();
        for (const second of seconds) {
          const index = Math.ceil(Math.log2(second) * 2 ** schema - 1e-12);
          counts.set(index, (counts.get(index) ?? 0) + 1);
        }
        const buckets = [...counts]
          .sort(([one], [other]) => one - other)
          .map(([at, count]) => [
            0,
            String(2 ** ((at - 1) / 2 ** schema)),
            String(2 ** (at / 2 ** schema)),
            String(count),
          ]);
        const histogram = [1_700_000_000.5, { count: String(seconds.length), sum: "1", buckets }];
        const result = [{ metric: { release: "r1" }, histogram }];
        const samples = parseQueryAnswer(
          JSON.stringify({ status: "success", data: { resultType: "vector", result } }),
          "vector",
        );
        const { r1 } = durationsIn(samples, "release", 0).releases;
        assert.ok(r1 !== undefined);
        assert.equal(r1.requests, seconds.length);
        assert.equal(r1.bounds.length, 17);
        for (const [at, bound] of r1.bounds.entries()) {
          const slower = seconds.filter((second) => second * 1_000 > bound * (1 + 1e-9)).length;
          assert.equal(r1.slower[at], slower, `above ${bound} ms`);
        }
      }),
      { seed: 20_261_127, numRuns: 200 },
    );
  });
});
