import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import { after, before, describe, it } from "mocha";
import { queryPrometheus } from "../../infra/clients/prometheus.ts";
import { type Reading, totals } from "../../infra/metrics/reading.ts";
import { countersFrom, type MetricsSource } from "../../infra/metrics/sources.ts";

const vector = (...result: unknown[]) => JSON.stringify({ status: "success", data: { resultType: "vector", result } });
const series = (release: string, code: string, value: unknown) => ({
  metric: { release, code },
  value: [1_700_000_000.5, value],
});

const STACK = {
  namespace: "app-staging",
  application: "app",
  metricsPath: "/metrics",
  probePaths: ["/api/health", "/api/health/ready"],
};
const NO_PODS = { pods: async () => [], podProxyText: async () => "", targetGroups: async () => [] };

/** The requests of the newest reading, by release. */
function counted([newest]: readonly Reading[]) {
  assert.ok(newest);
  return totals(newest);
}

describe("Prometheus' HTTP API", () => {
  let server: Server;
  let url = "";
  let reply = { status: 200, text: "" };
  let asked = "";
  before(async () => {
    server = createServer((request, response) => {
      asked = request.url ?? "";
      response.writeHead(reply.status).end(reply.text);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    url = `http://127.0.0.1:${address.port}/prometheus/`;
  });
  after(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const count = () =>
    countersFrom(
      { source: "prometheus", url, query: 'sum by (release, code) (requests{a="b"})', scrapeInterval: 15_000 },
      STACK,
      { ...NO_PODS, serviceProxyText: async () => "" },
    )();

  it("gives requests and 5xx answers per release", async () => {
    reply = {
      status: 200,
      text: vector(series("r1", "200", "90"), series("r1", "503", "10"), series("r2", "404", "5e1")),
    };
    assert.deepEqual(counted(await count()), { r1: { requests: 100, errors: 10 }, r2: { requests: 50, errors: 0 } });
    const { pathname, searchParams } = new URL(asked, "http://any");
    assert.equal(pathname, "/prometheus/api/v1/query");
    assert.equal(searchParams.get("query"), 'sum by (release, code) (requests{a="b"})');
  });

  const NONSENSE: { what: string; status?: number; text: string; says: RegExp }[] = [
    { what: "HTML", text: "<html>login</html>", says: /not JSON/ },
    { what: "an empty answer", text: "", says: /not JSON/ },
    { what: "a list", text: "[]", says: /nonsense/ },
    { what: "a matrix", text: vector().replace("vector", "matrix"), says: /nonsense: a matrix, no vector/ },
    { what: "a number for a text", text: vector(series("r1", "200", 5)), says: /nonsense/ },
    { what: "no number", text: vector(series("r1", "200", "many")), says: /no number/ },
    { what: "NaN", text: vector(series("r1", "200", "NaN")), says: /is NaN/ },
    { what: "infinity", text: vector(series("r1", "200", "+Inf")), says: /is Infinity/ },
    { what: "a negative count", text: vector(series("r1", "200", "-1")), says: /is -1/ },
    { what: "no series", text: vector(), says: /no sample/ },
    {
      what: "a series without a release",
      text: vector({ metric: { code: "200" }, value: [1, "1"] }),
      says: /lacks the label/,
    },
    { what: "a code that is none", text: vector(series("r1", "fine", "1")), says: /no HTTP status/ },
    {
      what: "an error",
      status: 400,
      text: '{"status":"error","errorType":"bad_data","error":"parse error"}',
      says: /bad_data: parse error/,
    },
    { what: "a bad gateway", status: 502, text: "bad gateway", says: /answered 502/ },
    { what: "a redirect", status: 302, text: "", says: /answered 302/ },
  ];
  for (const { what, status = 200, text, says } of NONSENSE) {
    it(`rejects ${what}`, async () => {
      reply = { status, text };
      await assert.rejects(count(), says);
    });
  }

  it("rejects when nothing listens, without the credentials of the URL", async () => {
    const gone = queryPrometheus({ url: "http://user:hidden@127.0.0.1:1", query: "up", wanted: "vector" });
    await assert.rejects(
      gone,
      (error: Error) => /could not be reached/.test(error.message) && !error.message.includes("hidden"),
    );
  });
});

describe("the counters of a scrape", () => {
  const source: MetricsSource = {
    source: "scrape",
    namespace: "gateway-system",
    service: "gateway-metrics",
    port: 9090,
    path: "/metrics",
    metric: "gateway_requests_total",
    releaseLabel: "release",
    codeLabel: "code",
  };
  const scrape = (text: string) => countersFrom(source, STACK, { ...NO_PODS, serviceProxyText: async () => text })();

  it("come from the service that the settings name, and from its one metric", async () => {
    const read: unknown[] = [];
    const text = [
      'gateway_requests_total{namespace="app-staging",release="r1",code="200"} 7',
      'gateway_requests_total{namespace="app-staging",release="r1",code="5xx"} 2',
      'gateway_open_websockets{namespace="app-staging",release="r1"} 50',
    ].join("\n");
    const counters = countersFrom(source, STACK, {
      ...NO_PODS,
      async serviceProxyText(at) {
        read.push(at);
        return text;
      },
    });
    assert.deepEqual(counted(await counters()), { r1: { requests: 9, errors: 2 } });
    assert.deepEqual(read, [{ namespace: "gateway-system", service: "gateway-metrics", port: 9090, path: "/metrics" }]);
  });

  it("are refused where the text is malformed, the metric is missing, or a label is", async () => {
    await assert.rejects(scrape("<html>"), /malformed/);
    await assert.rejects(scrape("up 1"), /no sample/);
    await assert.rejects(scrape(""), /no sample/);
    await assert.rejects(scrape('gateway_requests_total{release="r1"} 1'), /lacks the label/);
    await assert.rejects(scrape('gateway_requests_total{release="r1",code="200"} NaN'), /is NaN/);
  });

  it("are refused where the service can't be read", async () => {
    await assert.rejects(
      countersFrom(source, STACK, {
        ...NO_PODS,
        serviceProxyText: () => Promise.reject(new Error("service not found")),
      })(),
      /service not found/,
    );
  });
});
