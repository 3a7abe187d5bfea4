import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import { applicationSource } from "../../infra/metrics/application.ts";
import { totals } from "../../infra/metrics/reading.ts";
import { createBrowser } from "./app-client.ts";
import { type Pod, startWorld, type World } from "./app-world.ts";

const RELEASE = "rc0ffee001";
const COUNTED = { namespace: "app-production", application: "app" };
/** The settings' own defaults. */
const METRICS = {
  path: "/metrics",
  metric: "http_requests_total",
  codeLabel: "code",
  pathLabel: "path",
  durations: "http_request_duration_seconds",
  leftOut: ["/api/health", "/api/health/ready", "/metrics"],
};

describe("the workload: what it counts, read as the source `application` reads it", function () {
  this.timeout(60_000);
  let world: World;
  let pod: Pod;
  before(async () => {
    world = await startWorld();
    assert.equal((await world.run("v1", ["migrate.ts", "up", "0004_budgets"])).code, 0);
    pod = await world.startPod("v1", { STAGE: "production" });
  });
  after(() => world?.close());

  const read = async () => {
    const name = "app-one";
    const source = applicationSource(METRICS, COUNTED, {
      pods: async () => [{ name, release: RELEASE, job: null, ready: true, phase: "Running" }],
      podProxyText: async ({ path }) => (await fetch(`${pod.url}${path}`)).text(),
    });
    const [reading] = await source();
    return reading ?? assert.fail("nothing was read");
  };

  it("is every request once, upgrades too, and neither probes nor scrapes; durations are those of answers", async () => {
    const browser = createBrowser();
    for (const path of ["/", "/", "/api/health", "/api/health/ready", "/metrics", "/api/nothing"]) {
      await browser.call(pod.url, "GET", path).catch(() => undefined);
    }
    assert.equal((await browser.logIn(pod.url)).status, 200);
    const { socket, closed } = await browser.open(pod.url);
    const reading = await read();
    const byCode = Object.fromEntries(reading.requests.map(({ code, value }) => [code, value]));
    assert.deepEqual(byCode, { 101: 1, 200: 3, 404: 1 });
    assert.deepEqual(totals(reading), { [RELEASE]: { requests: 5, errors: 0 } });
    const answers = reading.buckets.find(({ le }) => le === Number.POSITIVE_INFINITY);
    assert.equal(answers?.value, 4);
    assert.match(reading.targets[0] ?? "", /^app-one since \d+/);
    socket.close();
    await closed;
  });
});
