import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import { createBrowser } from "./app-client.ts";
import { eventually, type Pod, SECRETS, startWorld, type World } from "./app-world.ts";

describe("the workload: two versions side by side", function () {
  this.timeout(30_000);
  let world: World;
  let v1: Pod;
  let v2: Pod;

  before(async () => {
    world = await startWorld();
    const { code } = await world.run("v2", ["migrate.ts", "up", "0005_document_summaries"]);
    assert.equal(code, 0);
    [v1, v2] = await Promise.all([
      world.startPod("v1", { RELEASE_ID: "r1" }),
      world.startPod("v2", { RELEASE_ID: "r2" }),
    ]);
    for (const { url } of [v1, v2]) {
      await eventually("the pod is ready", async () => (await fetch(`${url}/api/health/ready`)).status === 200);
    }
  });
  after(() => world?.close());

  it("is healthy and names each dependency's state without an address or a secret", async () => {
    const { status, body, text } = await createBrowser().call(v1.url, "GET", "/api/health/ready");
    assert.equal(status, 200);
    assert.equal(body.status, "ready");
    const { checks } = body;
    assert.ok(typeof checks === "object" && checks !== null);
    assert.deepEqual(Object.keys(checks).sort(), ["afm", "database", "redis", "supabase"]);
    assert.doesNotMatch(text, /127\.0\.0\.1|:\/\//);
    const home = await createBrowser().call(v2.url, "GET", "/");
    assert.deepEqual(home.body, { app: "reference-workload", version: "v2", release: "r2" });
  });

  it("keeps a session across versions, refuses a wrong password, and ends the session everywhere", async () => {
    const browser = createBrowser();
    assert.equal((await browser.call(v1.url, "GET", "/api/session")).status, 401);
    assert.equal((await browser.logIn(v1.url, "ada@example.com", "first")).status, 200);
    const there = await browser.call(v2.url, "GET", "/api/session");
    assert.deepEqual([there.status, there.body], [200, { user: "ada@example.com" }]);
    assert.equal((await createBrowser().logIn(v2.url, "ada@example.com", "second")).status, 401);
    const stolen = createBrowser();
    stolen.cookie = browser.cookie;
    assert.equal((await browser.call(v2.url, "POST", "/api/logout")).status, 204);
    assert.equal((await stolen.call(v1.url, "GET", "/api/session")).status, 401);
  });

  it("sets a cookie that scripts can't read, Secure exactly where the request came by https", async () => {
    const login = async (headers: Record<string, string>) => {
      const response = await fetch(`${v1.url}/api/login`, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify({ user: "cookie@example.com", password: "p" }),
      });
      return response.headers.getSetCookie()[0] ?? "";
    };
    const plain = await login({});
    assert.match(plain, /HttpOnly/);
    assert.doesNotMatch(plain, /Secure/);
    assert.match(await login({ "x-forwarded-proto": "https" }), /Secure/);
  });

  it("gives each use of a session 24 hours more", async () => {
    const browser = createBrowser();
    await browser.logIn(v1.url, "ttl@example.com", "p");
    const id = decodeURIComponent(browser.cookie ?? "").match(/s:([^.]+)\./)?.[1] ?? "";
    await world.redis.expire(`sess:${id}`, 60);
    await browser.call(v2.url, "GET", "/api/session");
    const ttl = await world.redis.ttl(`sess:${id}`);
    assert.ok(ttl > 86_000 && ttl <= 86_400, `ttl ${ttl}`);
  });

  it("takes cookies of an older key of the ring and signs them anew with the first", async () => {
    const rotated = await world.startPod("v1", { SESSION_SECRET: "signing-key-2,signing-key-1" });
    const narrow = await world.startPod("v1", { SESSION_SECRET: "signing-key-2" });
    const browser = createBrowser();
    await browser.logIn(v1.url, "ring@example.com", "p");
    const old = browser.cookie;
    assert.equal((await browser.call(narrow.url, "GET", "/api/session")).status, 401);
    browser.cookie = old;
    assert.equal((await browser.call(rotated.url, "GET", "/api/session")).status, 200);
    assert.notEqual(browser.cookie, old);
    assert.equal((await browser.call(narrow.url, "GET", "/api/session")).status, 200);
    await Promise.all([rotated.stop(), narrow.stop()]);
  });

  it("creates, reads, edits and deletes documents, which the other version reads too", async () => {
    const browser = createBrowser();
    assert.equal((await browser.call(v1.url, "POST", "/api/documents", { title: "t", body: "b" })).status, 401);
    await browser.logIn(v1.url);
    const { status, body } = await browser.call(v2.url, "POST", "/api/documents", {
      title: "t",
      body: "b".repeat(100),
    });
    assert.equal(status, 201);
    const path = `/api/documents/${body.id}`;
    assert.equal((await browser.call(v2.url, "GET", path)).body.summary, "b".repeat(80));
    assert.equal("summary" in (await browser.call(v1.url, "GET", path)).body, false);
    assert.equal((await browser.call(v1.url, "PATCH", path, { title: "edited" })).status, 200);
    const read = await browser.call(v2.url, "GET", path);
    assert.deepEqual([read.body.title, read.body.body], ["edited", "b".repeat(100)]);
    assert.equal((await browser.call(v2.url, "PATCH", path, { body: "new" })).body.summary, "new");

    const other = createBrowser();
    assert.equal((await other.call(v1.url, "GET", path)).status, 401);
    await other.logIn(v1.url, "other@example.com", "p");
    for (const method of ["GET", "PATCH", "DELETE"]) {
      assert.equal(
        (await other.call(v1.url, method, path, method === "PATCH" ? { title: "x" } : undefined)).status,
        404,
        method,
      );
    }
    assert.equal((await browser.call(v1.url, "DELETE", path)).status, 204);
    assert.equal((await browser.call(v2.url, "GET", path)).status, 404);
    assert.equal((await browser.call(v1.url, "GET", "/api/documents/not-an-id")).status, 404);
    assert.equal((await browser.call(v1.url, "POST", "/api/documents", { body: 1 })).status, 400);
  });

  it("refuses to delete a beneficiary that still has allocations", async () => {
    const browser = createBrowser();
    await browser.logIn(v1.url);
    const made = await browser.call(v1.url, "POST", "/api/beneficiaries", { name: "Ada" });
    assert.equal(made.status, 201);
    const path = `/api/beneficiaries/${made.body.id}`;
    const allocated = await browser.call(v2.url, "POST", `${path}/allocations`, { amount: 12.5 });
    assert.equal(allocated.status, 201);
    const named = { id: made.body.id, name: "Ada" };
    assert.deepEqual((await browser.call(v2.url, "GET", "/api/beneficiaries")).body, { beneficiaries: [named] });
    const listed = await browser.call(v2.url, "GET", `${path}/allocations`);
    assert.deepEqual(listed.body, { allocations: [{ id: allocated.body.id, amount: "12.50" }] });
    const other = createBrowser();
    await other.logIn(v1.url, "other@example.com", "p");
    assert.deepEqual((await other.call(v1.url, "GET", "/api/beneficiaries")).body, { beneficiaries: [] });
    assert.deepEqual((await other.call(v1.url, "GET", `${path}/allocations`)).body, { allocations: [] });
    assert.equal((await browser.call(v1.url, "DELETE", path)).status, 409);
    assert.equal((await browser.call(v1.url, "DELETE", `${path}/allocations/${allocated.body.id}`)).status, 204);
    assert.equal((await browser.call(v2.url, "DELETE", path)).status, 204);
    assert.equal((await browser.call(v2.url, "DELETE", path)).status, 404);
  });

  it("announces a reconciliation to every open WebSocket of the user, on any release, and to nobody else", async () => {
    const [browser, other] = [createBrowser(), createBrowser()];
    await browser.logIn(v1.url);
    await other.logIn(v1.url, "other@example.com", "p");
    const own = [await browser.open(v1.url), await browser.open(v2.url), await browser.open(v2.url)];
    const foreign = await other.open(v2.url);
    assert.deepEqual(
      own.map(({ messages }) => messages[0]),
      [
        { type: "hello", release: "r1" },
        { type: "hello", release: "r2" },
        { type: "hello", release: "r2" },
      ],
    );

    const { body } = await browser.call(v2.url, "POST", "/api/budgets", { total: 1000 });
    assert.equal((await browser.call(v1.url, "POST", `/api/budgets/${body.id}/reconcile`)).status, 202);
    const total = { id: body.id, total: "1000.00" };
    assert.deepEqual((await browser.call(v1.url, "GET", "/api/budgets")).body, { budgets: [total] });
    assert.deepEqual((await other.call(v1.url, "GET", "/api/budgets")).body, { budgets: [] });
    const event = { type: "budget.reconciled", id: body.id };
    await eventually("the event arrives everywhere", () => own.every(({ messages }) => messages.length === 2), 5000);
    for (const { messages } of own) assert.deepEqual(messages[1], event);
    assert.deepEqual(world.afm.keys.at(-1), SECRETS.AFM_KEY);
    assert.match(world.afm.bodies.at(-1) ?? "", new RegExp(String(body.id)));

    foreign.socket.send(JSON.stringify({ type: "ping", n: 7 }));
    await eventually("the pong arrives", () => foreign.messages.length === 2);
    assert.deepEqual(foreign.messages[1], { type: "pong", n: 7 });

    world.afm.status = 500;
    assert.equal((await browser.call(v1.url, "POST", `/api/budgets/${body.id}/reconcile`)).status, 202);
    await eventually("the event arrives without AFM", () => own.every(({ messages }) => messages.length === 3), 5000);
    world.afm.status = 200;
    const complaint = v1.logs.find(({ message }) => message === "AFM did not take the reconciliation");
    assert.equal(complaint?.level, "error");
    assert.ok(typeof complaint?.requestId === "string" && complaint.error !== undefined);
    assert.equal((await browser.call(v1.url, "DELETE", `/api/budgets/${body.id}`)).status, 204);
    for (const { socket } of [...own, foreign]) socket.terminate();
  });

  it("refuses a WebSocket without a session with a 401, and a plain request to its path with a 426", async () => {
    await assert.rejects(createBrowser().open(v1.url), /401/);
    const browser = createBrowser();
    await browser.logIn(v1.url);
    assert.equal((await browser.call(v1.url, "GET", "/api/events")).status, 426);
  });

  it("writes one JSON object a line and no secret, however it is asked", async () => {
    const browser = createBrowser();
    await browser.call(v1.url, "GET", `/api/nothing?key=${SECRETS.AFM_KEY}`);
    await browser.call(v1.url, "POST", "/api/login", { user: SECRETS.SUPABASE_KEY });
    const secrets = [...Object.values(SECRETS).flatMap((ring) => ring.split(",")), "password-of-the-test"];
    for (const pod of [v1, v2]) {
      assert.ok(pod.logs.length > 0);
      for (const secret of secrets) assert.equal(pod.output().includes(secret), false, secret);
    }
  });
});
