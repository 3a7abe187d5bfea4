import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import { type Browser, createBrowser } from "./app-client.ts";
import { eventually, type Pod, startWorld, type World } from "./app-world.ts";

describe("the workload: outages", function () {
  this.timeout(40_000);
  let world: World;
  let pod: Pod;
  let browser: Browser;

  before(async () => {
    world = await startWorld();
    await world.run("v1", ["migrate.ts", "up", "0004_budgets"]);
    pod = await world.startPod("v1");
    await eventually("the pod is ready", async () => (await ready()).status === 200);
    browser = createBrowser();
    await browser.logIn(pod.url);
  });
  after(() => world?.close());

  const ready = () => createBrowser().call(pod.url, "GET", "/api/health/ready");

  async function unreadyFor(check: string, reason: RegExp): Promise<void> {
    const expected = new RegExp(`"${check}":\\{"status":"fail","milliseconds":\\d+,"reason":"${reason.source}"`);
    await eventually(`the check ${check} fails`, async () => {
      const { status, text } = await ready();
      return status === 503 && expected.test(text);
    });
    assert.equal((await createBrowser().call(pod.url, "GET", "/api/health")).status, 200);
  }

  async function recovered(): Promise<void> {
    await eventually("the pod is ready again", async () => (await ready()).status === 200, 12_000);
    assert.equal((await browser.call(pod.url, "GET", "/api/documents")).status, 200);
  }

  async function answersWithin(milliseconds: number, path: string, status: number): Promise<void> {
    const started = performance.now();
    assert.equal((await browser.call(pod.url, "GET", path)).status, status);
    assert.ok(performance.now() - started < milliseconds, `${path} took ${performance.now() - started} ms`);
  }

  it("answers 503 at once while Redis is hung, and goes on with the same session after it", async () => {
    world.redisServer.signal("SIGSTOP");
    try {
      await unreadyFor("redis", /timeout/);
      await answersWithin(2500, "/api/session", 503);
    } finally {
      world.redisServer.signal("SIGCONT");
    }
    await recovered();
  });

  it("answers 503 at once while Redis is gone; recovers by itself, its events too, when Redis is back empty", async () => {
    const open = await browser.open(pod.url);
    await world.redisServer.kill();
    await unreadyFor("redis", /\w+/);
    await answersWithin(1000, "/api/session", 503);
    assert.equal((await browser.logIn(pod.url)).status, 503);
    await world.redisServer.start();
    await eventually("a login passes", async () => (await browser.logIn(pod.url)).status === 200);
    await recovered();
    assert.equal(open.socket.readyState, open.socket.OPEN);
    const { body } = await browser.call(pod.url, "POST", "/api/budgets", { total: 1 });
    await eventually("an event arrives", async () => {
      await browser.call(pod.url, "POST", `/api/budgets/${body.id}/reconcile`);
      return open.messages.some(({ type }) => type === "budget.reconciled");
    });
    open.socket.terminate();
  });

  it("answers 503 while Postgres is gone, keeps sessions, and reconnects by itself", async () => {
    world.databaseGate.shut();
    try {
      await unreadyFor("database", /\w+/);
      await answersWithin(2500, "/api/documents", 503);
      await answersWithin(1000, "/api/session", 200);
    } finally {
      world.databaseGate.open();
    }
    await recovered();
  });

  for (const service of ["supabase", "afm"] as const) {
    it(`is not ready while ${service} is broken or refuses the key`, async () => {
      for (const status of [500, 401]) {
        world[service].status = status;
        await unreadyFor(service, new RegExp(`HTTP_${status}`));
      }
      world[service].status = 200;
      await recovered();
    });
  }

  it("logs each failed request with its id and the error's cause", () => {
    const failed = pod.logs.filter(({ level, message }) => level === "error" && message === "request failed");
    assert.ok(failed.length > 0);
    for (const { requestId, error } of failed) assert.ok(typeof requestId === "string" && error !== undefined);
    for (const secret of ["redis-password-of-the-test", "database-password-of-the-test"]) {
      assert.equal(pod.output().includes(secret), false);
    }
  });
});
