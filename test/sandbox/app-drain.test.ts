import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:http";
import { connect } from "node:net";
import { after, before, describe, it } from "mocha";
import { createBrowser } from "./app-client.ts";
import { eventually, startWorld, type World } from "./app-world.ts";

describe("the workload: SIGTERM", function () {
  this.timeout(30_000);
  let world: World;

  before(async () => {
    world = await startWorld();
    await world.run("v1", ["migrate.ts", "up", "0004_budgets"]);
  });
  after(() => world?.close());

  it("goes unready, says bye, finishes what is under way, ends idle connections and exits with 0", async () => {
    const pod = await world.startPod("v1");
    const browser = createBrowser();
    await eventually("a login passes", async () => (await browser.logIn(pod.url)).status === 200);
    const open = await browser.open(pod.url);
    const { port } = new URL(pod.url);

    const idle = connect(Number(port), "127.0.0.1");
    idle.write("GET /api/health HTTP/1.1\r\nhost: pod\r\n\r\n");
    await once(idle, "data");

    const body = JSON.stringify({ title: "slow", body: "half of it comes later" });
    const slow = request(`${pod.url}/api/documents`, {
      method: "POST",
      headers: {
        cookie: browser.cookie ?? "",
        "content-type": "application/json",
        "content-length": Buffer.byteLength(body),
      },
    });
    slow.write(body.slice(0, 10));
    await browser.call(pod.url, "GET", "/api/session");

    const started = performance.now();
    pod.process.kill("SIGTERM");
    await eventually("readiness says so", async () => {
      const ready = await fetch(`${pod.url}/api/health/ready`);
      await ready.body?.cancel();
      return ready.status === 503 && ready.headers.get("connection") === "close";
    });
    assert.equal(await open.closed, 1012);
    assert.deepEqual(open.messages.at(-1), { type: "bye" });
    await once(idle, "close");
    assert.equal(pod.process.exitCode, null);

    const answered = once(slow, "response");
    slow.end(body.slice(10));
    const [response] = await answered;
    assert.equal(response.statusCode, 201);
    assert.equal(response.headers.connection, "close");
    response.resume();
    await eventually("the process leaves", () => pod.process.exitCode !== null);
    assert.equal(pod.process.exitCode, 0);
    assert.ok(performance.now() - started < 8000);
    await assert.rejects(fetch(pod.url));
  });

  it("does not wait for a WebSocket that doesn't answer the close", async () => {
    const pod = await world.startPod("v1");
    const browser = createBrowser();
    await eventually("a login passes", async () => (await browser.logIn(pod.url)).status === 200);
    const deaf = await browser.open(pod.url);
    deaf.socket.pause();
    assert.equal(await pod.stop(), 0);
    deaf.socket.terminate();
  });

  it("leaves with 0 while its dependencies are gone", async () => {
    const pod = await world.startPod("v1");
    world.databaseGate.shut();
    await world.redisServer.kill();
    assert.equal(await pod.stop(), 0);
    world.databaseGate.open();
    await world.redisServer.start();
  });
});
