import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import { after, before, describe, it } from "mocha";
import { type Reading, totals } from "../../infra/metrics/reading.ts";
import { countersFrom, type MetricsSource } from "../../infra/metrics/sources.ts";
import { latenciesFrom } from "./histograms.ts";

const [ONE, TWO] = ["rc0ffee001", "r5ab1e0001"];
const STACK = {
  namespace: "app-production",
  application: "app",
  metricsPath: "/metrics",
  probePaths: ["/api/health", "/api/health/ready"],
};
const SCRAPE = { namespace: "gateway-system", service: "gateway-metrics", port: 9100, path: "/metrics" };

function newest([reading]: readonly Reading[]): Reading {
  assert.ok(reading);
  return reading;
}

function cluster(text: string) {
  const [none, nothing] = [async () => [], async () => ""];
  return { pods: none, podProxyText: nothing, serviceProxyText: async () => text, targetGroups: none };
}

describe("a Gateway's own metrics, by name", () => {
  const read = (source: MetricsSource, text: string) => countersFrom(source, STACK, cluster(text));

  it("traefik: the release is in the service's name; another namespace's, another application's and Traefik's own aren't ours", async () => {
    const series = (service: string, code: string, value: number) =>
      `traefik_service_requests_total{code="${code}",method="GET",protocol="http",service="${service}"} ${value}`;
    const named = (namespace: string, service: string) =>
      `httproute-${namespace}-app-gw-gateway-system-public-ep-web-1-4f2a-${service}-0@kubernetesgateway`;
    const text = [
      "process_start_time_seconds 1.7e+09",
      series(named("app-production", `app-${ONE}`), "200", 7),
      series(named("app-production", `app-${ONE}`), "500", 2),
      series(named("app-production", `app-${TWO}`), "200", 90),
      series(named("app-staging", `app-${ONE}`), "200", 1_000),
      series(named("app-production", `myapp-${ONE}`), "200", 1_000),
      series("api@internal", "200", 1_000),
      `traefik_service_request_duration_seconds_bucket{service="${named("app-production", `app-${ONE}`)}",le="0.1"} 4`,
      `traefik_service_request_duration_seconds_bucket{service="${named("app-production", `app-${ONE}`)}",le="+Inf"} 9`,
      // Its code for a WebSocket is 200, and its duration the connection's life.
      `traefik_service_request_duration_seconds_bucket{code="200",protocol="websocket",service="${named("app-production", `app-${ONE}`)}",le="0.1"} 0`,
      `traefik_service_request_duration_seconds_bucket{code="200",protocol="websocket",service="${named("app-production", `app-${ONE}`)}",le="+Inf"} 3`,
    ].join("\n");
    const source = { source: "traefik", scrape: SCRAPE, scrapeInterval: 15_000 } as const;
    const reading = newest(await read(source, text)());
    assert.deepEqual(totals(reading), { [ONE]: { requests: 9, errors: 2 }, [TWO]: { requests: 90, errors: 0 } });
    assert.deepEqual(reading.targets, ["gateway-system/gateway-metrics:9100 since 1700000000"]);
    const { releases } = await latenciesFrom(read(source, text))();
    assert.deepEqual(releases, { [ONE]: { requests: 9, bounds: [100], slower: [5] } });
  });

  it("istio: by workload, counted on the Gateway's side, durations in milliseconds", async () => {
    const labels = (more: Record<string, string>) =>
      Object.entries({
        reporter: "source",
        destination_workload_namespace: "app-production",
        destination_workload: `app-${ONE}`,
        response_code: "200",
        ...more,
      })
        .map(([name, value]) => `${name}="${value}"`)
        .join(",");
    const text = [
      `istio_requests_total{${labels({})}} 7`,
      `istio_requests_total{${labels({ response_code: "503" })}} 1`,
      `istio_requests_total{${labels({ reporter: "destination" })}} 7`,
      `istio_requests_total{${labels({ destination_workload_namespace: "app-staging" })}} 5`,
      `istio_request_duration_milliseconds_bucket{${labels({ le: "250" })}} 6`,
      `istio_request_duration_milliseconds_bucket{${labels({ le: "+Inf" })}} 8`,
    ].join("\n");
    const source = { source: "istio", scrape: SCRAPE, scrapeInterval: 15_000 } as const;
    assert.deepEqual(totals(newest(await read(source, text)())), { [ONE]: { requests: 8, errors: 1 } });
    const { releases } = await latenciesFrom(read(source, text))();
    assert.deepEqual(releases, { [ONE]: { requests: 8, bounds: [250], slower: [2] } });
  });

  it("nginx-gateway-fabric: by upstream, the status by its range", async () => {
    const series = (upstream: string, range: string, value: number) =>
      `nginx_http_upstream_peer_responses_total{nginx_upstream_name="${upstream}",nginx_status_range="${range}"} ${value}`;
    const text = [
      series(`app-production_app-${ONE}_80`, "2xx", 7),
      series(`app-production_app-${ONE}_80`, "5xx", 3),
      series(`app-staging_app-${ONE}_80`, "5xx", 30),
    ].join("\n");
    const source = { source: "nginx-gateway-fabric", scrape: SCRAPE, scrapeInterval: 15_000 } as const;
    assert.deepEqual(totals(newest(await read(source, text)())), { [ONE]: { requests: 10, errors: 3 } });
  });
});

describe("the application's own metrics", () => {
  const source = {
    source: "application",
    metric: "http_requests_total",
    codeLabel: "code",
    pathLabel: "path",
    durations: "http_request_duration_seconds",
  } as const;
  const pod = (name: string, release: string | null, more = {}) => ({
    ...{ name, release, job: null, ready: true, phase: "Running" },
    ...more,
  });
  const text = (served: number) =>
    [
      `http_requests_total{path="/",code="200"} ${served}`,
      'http_requests_total{path="/api/health",code="200"} 400',
      'http_requests_total{path="/metrics",code="200"} 40',
    ].join("\n");

  it("come from each of its pods that runs, without the probes' paths; one that can't be asked is missing", async () => {
    const pods = [
      pod("one-a", ONE),
      pod("one-b", ONE),
      pod("two-a", TWO),
      pod("job", ONE, { job: "migrate" }),
      pod("starting", ONE, { phase: "Pending" }),
    ];
    const read = countersFrom(source, STACK, {
      ...cluster(""),
      pods: async () => pods,
      podProxyText: async ({ pod: name }) => {
        if (name === "one-b") throw new Error("connection refused");
        return text(7);
      },
    });
    const reading = newest(await read());
    assert.deepEqual(totals(reading), { [ONE]: { requests: 7, errors: 0 }, [TWO]: { requests: 7, errors: 0 } });
    assert.deepEqual(reading.targets, ["one-a", "two-a"]);
    assert.equal(reading.counted, "without probes");
  });

  it("are refused where no pod runs or none can be asked", async () => {
    const asked = (pods: ReturnType<typeof pod>[]) =>
      countersFrom(source, STACK, {
        ...cluster(""),
        pods: async () => pods,
        podProxyText: () => Promise.reject(new Error("connection refused")),
      })();
    await assert.rejects(asked([]), /no pod of app runs in app-production/);
    await assert.rejects(asked([pod("one-a", ONE)]), /connection refused/);
  });
});

describe("what a Prometheus has scraped", () => {
  let server: Server;
  let url = "";
  let answer: unknown;
  let asked: string[] = [];
  before(async () => {
    server = createServer((request, response) => {
      asked.push(new URL(request.url ?? "", "http://any").searchParams.get("query") ?? "");
      response.end(JSON.stringify({ status: "success", data: { resultType: "matrix", result: answer } }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    url = `http://127.0.0.1:${address.port}`;
  });
  after(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it("is asked for with its times: a reading at each scrape, and a process that wasn't scraped any more is missing", async () => {
    const metric = (instance: string) => ({
      __name__: "requests_total",
      release: ONE,
      code: "200",
      job: "gateway",
      instance,
    });
    answer = [
      {
        metric: metric("a"),
        values: [
          [100, "10"],
          [115, "20"],
          [130, "30"],
          [145, "40"],
        ],
      },
      {
        metric: metric("b"),
        values: [
          [105, "1"],
          [120, "2"],
        ],
      },
    ];
    asked = [];
    const read = countersFrom(
      { source: "prometheus", url, query: 'requests_total{job="gateway"}', scrapeInterval: 60_000 },
      STACK,
      cluster(""),
    );
    const readings = await read();
    assert.deepEqual(asked, ['requests_total{job="gateway"}[5m]']);
    const shown = readings.map((reading) => [reading.to, totals(reading)[ONE]?.requests, reading.targets]);
    assert.deepEqual(shown.slice(0, 3), [
      [146_000, 42, ["gateway/a", "gateway/b"]],
      [131_000, 32, ["gateway/a", "gateway/b"]],
      [121_000, 22, ["gateway/a", "gateway/b"]],
    ]);
    assert.equal(readings[0]?.from, 119_000);
  });
});
