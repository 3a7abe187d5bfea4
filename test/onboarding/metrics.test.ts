import assert from "node:assert/strict";
import { isNoSample } from "../../infra/metrics/reading.ts";
import { countersFrom } from "../../infra/metrics/sources.ts";
import { judgeDurations } from "../../infra/onboarding/latency.ts";
import { judgeMetrics } from "../../infra/onboarding/metrics.ts";

const STACK = { namespace: "app-staging", application: "app", metricsPath: "/metrics", probePaths: [] };
const SCRAPE = { namespace: "gateway-system", service: "traefik", port: 9100, path: "/metrics" };

function asked(text: string) {
  const cluster = {
    serviceProxyText: async () => text,
    pods: async () => [],
    podProxyText: async () => "",
    targetGroups: async () => [],
  };
  return countersFrom({ source: "traefik", scrape: SCRAPE, scrapeInterval: 15_000 }, STACK, cluster)();
}

describe("what the doctor says of the metrics", () => {
  const series = (service: string, value: number) =>
    `traefik_service_requests_total{code="200",method="GET",protocol="http",service="${service}"} ${value}`;

  it("is how many requests of how many releases, and which labels came back", async () => {
    const ours = series("httproute-app-staging-app-1-app-rc0ffee001-0@kubernetesgateway", 412);
    const line = judgeMetrics("metrics of staging", "traefik", await asked(ours), "updated");
    assert.equal(line.holds, true);
    assert.equal(
      line.evidence,
      "traefik: 412 requests to 1 releases by 1 processes, labels code, method, protocol, service; no histogram of durations",
    );
  });

  it("is told from a source that doesn't answer by a code, not by its words", async () => {
    await assert.rejects(asked("up 1"), (error) => isNoSample(error));
    const away = async () => {
      throw new Error("the metrics have no sample of the requests: so says somebody else");
    };
    await assert.rejects(away(), (error) => !isNoSample(error));
  });

  it("is that nothing is there yet where no request is of a release", async () => {
    const line = judgeMetrics("metrics of staging", "traefik", await asked(series("api@internal", 7)), "updated");
    assert.equal(line.holds, true);
    assert.match(line.evidence, /traefik answers, and shows no request of a release yet: .*docs\/metrics\.md/);
  });

  it("asks for no request before the first update, which makes what could answer one", async () => {
    const nothing = await asked(series("api@internal", 7));
    const limits = { from: 100, quantiles: [] };
    for (const { holds, evidence } of [
      judgeMetrics("metrics of staging", "traefik", nothing, "before its first update"),
      judgeDurations("staging", limits, nothing, "before its first update"),
    ]) {
      assert.equal(holds, true);
      assert.match(evidence, /before the first `pulumi up`$/);
      assert.doesNotMatch(evidence, /send/);
    }
  });
});
