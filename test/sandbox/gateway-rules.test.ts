import assert from "node:assert/strict";
import fc from "fast-check";
import { parseExposition } from "../../infra/clients/exposition.ts";
import { bucketSeries, labelIs } from "../../infra/metrics/series.ts";
import { endToEnd, forwarded, modified } from "../../sandbox/cloud/cluster/gateway/headers.ts";
import { byPrecedence, type RequestFacts, selectRule } from "../../sandbox/cloud/cluster/gateway/match.ts";
import { createMetrics } from "../../sandbox/cloud/cluster/gateway/metrics.ts";
import { gatewayMilliseconds } from "../../sandbox/cloud/cluster/gateway/routes.ts";
import { weightedPicker } from "../../sandbox/cloud/cluster/gateway/weights.ts";
import type { RouteMatch } from "../../sandbox/cloud/cluster/schemas/http-route.ts";
import { durationsIn } from "../metrics/histograms.ts";

const weights = fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 1, maxLength: 5 });

describe("the gateway's weights", () => {
  const backends = (list: readonly number[]) =>
    list.map((weight, index) => ({ key: `${index}`, weight, value: index }));

  it("give every backend its exact share over a whole round and at most one pick too many or too few before", () => {
    fc.assert(
      fc.property(weights, fc.integer({ min: 1, max: 500 }), (list, picks) => {
        const picker = weightedPicker<number>();
        picker.reweigh(backends(list));
        const total = list.reduce((sum, weight) => sum + weight, 0);
        const counts = list.map(() => 0);
        for (let pick = 0; pick < picks; pick += 1) {
          const chosen = picker.pick();
          if (total === 0) assert.equal(chosen, undefined);
          else if (chosen !== undefined) counts[chosen] = (counts[chosen] ?? 0) + 1;
        }
        counts.forEach((count, index) => {
          const share = total === 0 ? 0 : (picks * (list[index] ?? 0)) / total;
          assert.ok(Math.abs(count - share) < list.length, `${count} of ${share}`);
          if (picks % (total || 1) === 0) assert.equal(count, share);
        });
      }),
    );
  });

  it("keep the shares over every re-weighting, and give nothing to a weight of 0", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 2, maxLength: 6 }), (steps) => {
        const picker = weightedPicker<number>();
        for (const weight of steps) {
          picker.reweigh(backends([100 - weight, weight]));
          const second = Array.from({ length: 100 }, () => picker.pick()).filter((chosen) => chosen === 1).length;
          assert.ok(Math.abs(second - weight) <= 2, `${second} at ${weight}`);
          if (weight === 0) assert.equal(second, 0);
        }
      }),
    );
  });
});

describe("the gateway's rules", () => {
  const request = (path: string, headers: Record<string, string> = {}, hostname = "app.example.com"): RequestFacts => ({
    method: "GET",
    hostname,
    path,
    query: new URLSearchParams("tier=beta"),
    header: (name) => headers[name],
  });
  const matches: readonly [string, RouteMatch][] = [
    ["any", {}],
    ["prefix", { path: { type: "PathPrefix", value: "/api" } }],
    ["header", { headers: [{ type: "Exact", name: "X-Release", value: "r1" }] }],
    ["exact", { path: { type: "Exact", value: "/api/health" } }],
    ["query", { queryParams: [{ name: "tier", value: "beta" }], method: "POST" }],
  ];
  const rules = byPrecedence(
    matches.map(([rule, match], place) => ({ rule, match, hostnames: ["app.example.com"], order: [0, place] })),
  );

  it("follow the precedence of the Gateway API, whatever their order", () => {
    assert.equal(selectRule(rules, request("/")), "any");
    assert.equal(selectRule(rules, request("/", { "x-release": "r1" })), "header");
    assert.equal(selectRule(rules, request("/", { "x-release": "r2" })), "any");
    assert.equal(selectRule(rules, request("/api")), "prefix");
    assert.equal(selectRule(rules, request("/apiary")), "any");
    assert.equal(selectRule(rules, request("/api/x", { "x-release": "r1" })), "prefix");
    assert.equal(selectRule(rules, request("/api/health", { "x-release": "r1" })), "exact");
    assert.equal(selectRule(rules, { ...request("/"), method: "POST" }), "query");
  });

  it("hold for their host names and for the loopback address", () => {
    assert.equal(selectRule(rules, request("/", {}, "127.0.0.1")), "any");
    assert.equal(selectRule(rules, request("/", {}, "other.example.com")), undefined);
    const [first] = rules;
    assert.ok(first);
    const wild = [{ ...first, match: {}, hostnames: ["*.example.com"] }];
    assert.equal(selectRule(wild, request("/", {}, "a.example.com")), first.rule);
    assert.equal(selectRule(wild, request("/", {}, "example.com")), undefined);
  });

  it("read the Gateway API's durations", () => {
    assert.equal(gatewayMilliseconds("1m30s"), 90_000);
    assert.equal(gatewayMilliseconds("250ms"), 250);
    assert.equal(gatewayMilliseconds("0s"), undefined);
  });
});

describe("the gateway's headers", () => {
  it("leave out what is for one hop alone, also what Connection names", () => {
    const raw = ["Host", "a", "Connection", "close, X-Hop", "x-hop", "1", "Keep-Alive", "timeout=5", "X-Kept", "2"];
    assert.deepEqual(endToEnd(raw), ["Host", "a", "X-Kept", "2"]);
  });

  it("are set, added and removed", () => {
    const raw = ["Set-Cookie", "a", "Set-Cookie", "b", "Server", "x"];
    const changes = [
      { set: [{ name: "server", value: "y" }], add: [{ name: "set-cookie", value: "c" }] },
      { remove: ["X-None"] },
    ];
    assert.deepEqual(modified(raw, changes), ["Set-Cookie", "a", "Set-Cookie", "b", "server", "y", "set-cookie", "c"]);
    assert.deepEqual(modified(raw, [{ remove: ["set-cookie"] }]), ["Server", "x"]);
  });

  it("carry the chain of clients on", () => {
    assert.deepEqual(forwarded([], "10.0.0.1"), ["x-forwarded-for", "10.0.0.1", "x-forwarded-proto", "http"]);
  });
});

describe("the gateway's metrics", () => {
  it("are in Prometheus' text format, with escaped labels", () => {
    const metrics = createMetrics();
    metrics.count({ namespace: "app", release: 'r"1' }, 200);
    metrics.count({ namespace: "app", release: 'r"1' }, 200);
    const close = metrics.open({ namespace: "app", release: "r2" });
    assert.match(metrics.text(), /^# TYPE gateway_requests_total counter$/m);
    assert.match(metrics.text(), /^gateway_requests_total\{namespace="app",release="r\\"1",code="200"\} 2$/m);
    assert.match(metrics.text(), /^gateway_open_websockets\{namespace="app",release="r2"\} 1$/m);
    close();
    assert.match(metrics.text(), /^gateway_open_websockets\{namespace="app",release="r2"\} 0$/m);
  });

  it("count a WebSocket's whole life as what it took, and the gate leaves it out: it is no answer's time", () => {
    const metrics = createMetrics();
    metrics.took({ namespace: "app", release: "r1" }, 4);
    metrics.open({ namespace: "app", release: "r1" })();
    const buckets = parseExposition(metrics.text()).filter(({ metric }) => metric.endsWith("_seconds_bucket"));
    const all = (code: string | undefined) =>
      buckets.filter(({ labels }) => labels.code === code && labels.le === "+Inf").map(({ value }) => value);
    assert.deepEqual([all(undefined), all("101")], [[1], [1]]);
    const rules = { release: labelIs("release"), code: "code", target: () => null, second: 1 };
    assert.deepEqual(
      bucketSeries(buckets, rules).flatMap(({ le, value }) => (le === Number.POSITIVE_INFINITY ? [value] : [])),
      [1],
    );
  });

  it("have a histogram of durations by release, as the latency gate reads it", () => {
    const metrics = createMetrics();
    for (const milliseconds of [4, 5, 240, 251, 20_000])
      metrics.took({ namespace: "app", release: "r1" }, milliseconds);
    const text = metrics.text();
    assert.match(text, /^# TYPE gateway_request_duration_seconds histogram$/m);
    assert.match(text, /^gateway_request_duration_seconds_sum\{namespace="app",release="r1"\} 20\.5$/m);
    assert.match(text, /^gateway_request_duration_seconds_count\{namespace="app",release="r1"\} 5$/m);
    const buckets = parseExposition(text).filter(({ metric }) => metric === "gateway_request_duration_seconds_bucket");
    const { r1 } = durationsIn(buckets, "release", 0).releases;
    assert.equal(r1?.requests, 5);
    assert.deepEqual(r1?.bounds, [5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000]);
    assert.deepEqual(r1?.slower, [3, 3, 3, 3, 3, 2, 1, 1, 1, 1, 1]);
  });
});
