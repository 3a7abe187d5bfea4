import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import fc from "fast-check";
import { afterEach, beforeEach, describe, it } from "mocha";
import { type WebSocket, WebSocketServer } from "ws";
import { z } from "zod";
import { dueArrivals } from "../../verification/load/arrivals.ts";
import { createLatencies } from "../../verification/load/latencies.ts";
import { type Load, startLoad } from "../../verification/load/load.ts";
import { placeOf } from "../../verification/load/mix.ts";
import { parseLoadOptions } from "../../verification/load/options.ts";
import { spawnLoad } from "../../verification/load/spawn.ts";
import { eventually } from "../sandbox/app-world.ts";

/** A service whose faults the test sets, and which counts for itself. */
interface Service {
  url: string;
  faults: { everyNth: number | null; logIn: number; session: number; answer: "answers" | "hangs" | "late" };
  counts: { requests: number; failed: number; logIns: number };
  sockets: Set<WebSocket>;
  close(): Promise<void>;
}

/** How late a late answer is, in milliseconds. */
const LATE = 50;

async function startService(): Promise<Service> {
  const faults: Service["faults"] = { everyNth: null, logIn: 200, session: 200, answer: "answers" };
  const counts = { requests: 0, failed: 0, logIns: 0 };
  const sockets = new Set<WebSocket>();
  const server: Server = createServer((req, res) => {
    req.resume();
    counts.requests += 1;
    if (faults.answer === "hangs") return;
    if (faults.answer === "late") setTimeout(() => answer(req, res), LATE);
    else answer(req, res);
  });
  const answer = (req: IncomingMessage, res: ServerResponse): void => {
    res.setHeader("x-runbooks-release", counts.requests % 4 === 0 ? "canary" : "stable");
    if (req.url === "/api/login") {
      counts.logIns += 1;
      res.setHeader("set-cookie", `sid=${counts.logIns}; Path=/; HttpOnly`);
      res.writeHead(faults.logIn).end("{}");
    } else if (faults.everyNth !== null && counts.requests % faults.everyNth === 0) {
      counts.failed += 1;
      res.writeHead(500).end('{"error":"on purpose"}');
    } else if (req.url === "/api/session") {
      const status = faults.session;
      faults.session = 200;
      res.writeHead(status).end("{}");
    } else {
      res.writeHead(req.method === "POST" ? 201 : 200).end(JSON.stringify({ id: String(counts.requests) }));
    }
  };
  const webSockets = new WebSocketServer({ server });
  webSockets.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("message", (data) => socket.send(String(data).replace("ping", "pong")));
    socket.send('{"type":"hello","release":"stable"}');
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = z.object({ port: z.number() }).parse(server.address());
  return {
    url: `http://127.0.0.1:${port}`,
    faults,
    counts,
    sockets,
    close: async () => {
      for (const socket of sockets) socket.terminate();
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

describe("what the nth arrival does", () => {
  it("is every call as often as any, for a release that gets every twentieth arrival too", () => {
    for (const [every, from] of [
      [1, 0],
      [20, 0],
      [20, 7],
      [4, 1],
    ] as const) {
      const arrivals = Array.from({ length: 6_000 }, (_, index) => placeOf(from + index * every));
      for (let place = 0; place < 12; place += 1) {
        const times = arrivals.filter((one) => one === place).length;
        assert.ok(Math.abs(times - 500) < 100, `${place} comes ${times} times of 500, every ${every}th from ${from}`);
      }
    }
  });
});

describe("the load generator", function () {
  this.timeout(20_000);
  let service: Service;
  let load: Load | null;

  beforeEach(async () => {
    service = await startService();
    load = null;
  });
  afterEach(async () => {
    await load?.stop();
    await service.close();
  });

  const options = () => ({
    baseUrl: service.url,
    user: "u",
    password: "p",
    sessions: 3,
    webSockets: 4,
    requestsPerSecond: 200,
  });

  it("refuses another machine and options that don't fit, before it sends anything", async () => {
    await assert.rejects(startLoad({ ...options(), baseUrl: "http://example.com" }), /only loads this machine/);
    await assert.rejects(
      startLoad({ ...options(), baseUrl: "http://127.0.0.1.example.com" }),
      /only loads this machine/,
    );
    await assert.rejects(startLoad({ ...options(), requestsPerSecond: 0 }), /load option requestsPerSecond/);
    assert.equal(service.counts.requests, 0);
  });

  it("says why it can't start where nobody can log in", async () => {
    service.faults.logIn = 401;
    await assert.rejects(startLoad(options()), /the login answered 401/);
  });

  it("sends at the rate asked for, logs in once a session, and meets no failure in a good service", async () => {
    const started = performance.now();
    load = await startLoad(options());
    await eventually("300 requests", () => service.counts.requests >= 300);
    const stats = await load.stop();
    const seconds = (performance.now() - started) / 1000;
    assert.ok(stats.sent <= 200 * seconds + 3, `${stats.sent} in ${seconds} s`);
    assert.deepEqual([stats.failed, stats.lostSessions, stats.lostWebSockets, stats.underway], [0, 0, 0, 0]);
    assert.equal(service.counts.logIns, 3);
    assert.equal(stats.sent, service.counts.requests);
    assert.ok(Math.abs((stats.byRelease.canary?.share ?? 0) - 0.25) < 0.02);
    assert.ok((stats.latencyMs.p50 ?? 0) <= (stats.latencyMs.p99 ?? 0));
    assert.equal((await load.stop()).sent, stats.sent);
    assert.equal(service.counts.requests, stats.sent, "nothing is sent after the stop");
  });

  it("counts every 5xx, by release and path, with the first ones in words", async () => {
    service.faults.everyNth = 10;
    load = await startLoad(options());
    await eventually("20 failures", () => service.counts.failed >= 20);
    const stats = await load.stop();
    assert.equal(stats.failed, service.counts.failed);
    const sum = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0);
    assert.equal(sum(Object.values(stats.byRelease).map(({ failed }) => failed)), stats.failed);
    assert.equal(sum(Object.values(stats.failuresByPath)), stats.failed);
    assert.match(stats.errors[0] ?? "", /release (stable|canary)\): answered 500: .*on purpose/);
    assert.ok(stats.errors.length <= 10);
  });

  it("counts a request without an answer as failed", async () => {
    load = await startLoad({ ...options(), webSockets: 0, timeoutMs: 200 });
    service.faults.answer = "hangs";
    const running = load;
    await eventually("a timeout is counted", async () => (await running.stats()).failed > 0);
    const stats = await load.stop();
    assert.match(stats.errors[0] ?? "", /release none\): TimeoutError/);
  });

  it("counts what was answered while it had no CPU itself, for longer than a request may take", async function () {
    this.timeout(60_000);
    service.faults.answer = "late";
    const timeoutMs = 2_000;
    const spawned = await spawnLoad({ ...options(), webSockets: 0, timeoutMs });
    load = spawned;
    await eventually("it sends", () => service.counts.requests > 50);
    process.kill(spawned.pid, "SIGSTOP");
    try {
      await delay(timeoutMs + 500);
    } finally {
      process.kill(spawned.pid, "SIGCONT");
    }
    const { requests } = service.counts;
    await eventually("it sends again", () => service.counts.requests > requests + 50);
    const { failed, errors, longestPauseMs } = await spawned.stop();
    assert.deepEqual([failed, errors], [0, []]);
    assert.ok(longestPauseMs >= timeoutMs, "and says that it had none");
  });

  it("counts a session that the service has forgotten as lost, once, and logs it in again", async () => {
    load = await startLoad(options());
    service.faults.session = 401;
    const running = load;
    await eventually("it logs in again", () => service.counts.logIns === 4);
    await eventually("all are logged in", async () => (await running.stats()).sessions === 3);
    const stats = await load.stop();
    assert.deepEqual([stats.lostSessions, stats.failed], [1, 0]);
  });

  it("tells drained WebSockets from lost ones, and opens both again", async () => {
    load = await startLoad(options());
    const running = load;
    const allOpen = () => eventually("four are open", async () => (await running.stats()).webSockets === 4);
    await allOpen();
    const [first, second] = [...service.sockets];
    first?.send('{"type":"bye"}');
    first?.close(1012);
    await eventually("one is drained", async () => (await running.stats()).drainedWebSockets === 1);
    await allOpen();
    second?.terminate();
    await eventually("one is lost", async () => (await running.stats()).lostWebSockets === 1);
    await allOpen();
    await eventually("pings are answered", async () => (await running.stats()).webSocketPongs >= 4);
    const stats = await load.stop();
    assert.deepEqual([stats.drainedWebSockets, stats.lostWebSockets, stats.failed], [1, 1, 0]);
    assert.match(stats.errors[0] ?? "", /websocket lost: closed with 1006/);
    await eventually("the service has no socket any more", () => service.sockets.size === 0);
  });

  it("ends by itself after maxSeconds", async () => {
    load = await startLoad({ ...options(), maxSeconds: 0.5 });
    await eventually("its sockets are gone", () => service.counts.requests > 10 && service.sockets.size === 0);
    const { requests } = service.counts;
    assert.equal((await load.stop()).sent, requests);
  });

  it("goes on until it is stopped where no limit is set", async () => {
    assert.equal(parseLoadOptions(options()).maxSeconds, null);
    load = await startLoad(options());
    await eventually("it sends", () => service.counts.requests > 50);
    assert.equal((await load.stop()).sent, service.counts.requests);
  });

  it("runs as a process of its own, which leaves when it is stopped", async () => {
    const spawned = await spawnLoad(options());
    load = spawned;
    await eventually("it sends", () => service.counts.requests > 50);
    const [earlier, later] = await Promise.all([spawned.stats(), spawned.stats()]);
    assert.ok(later.sent >= earlier.sent && earlier.sent > 0);
    const final = await spawned.stop();
    assert.equal(final.sent, service.counts.requests);
    assert.throws(() => process.kill(spawned.pid, 0), { code: "ESRCH" });
    await assert.rejects(spawnLoad({ ...options(), baseUrl: "http://127.0.0.1:1" }), /the load could not start/);
  });
});

describe("dueArrivals", () => {
  it("catches up to the rate, whenever it is asked", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.array(fc.integer({ min: 0, max: 400 })), (rate, pauses) => {
        let [elapsed, sent] = [0, 0];
        for (const pause of pauses) {
          elapsed += pause;
          sent += dueArrivals(elapsed, rate, sent);
          assert.equal(sent, Math.floor((elapsed * rate) / 1000));
        }
      }),
    );
  });
});

describe("createLatencies", () => {
  it("is within 2 % above the exact quantile", () => {
    const durations = fc.array(fc.integer({ min: 1, max: 10_000 }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(durations, fc.integer({ min: 1, max: 100 }), (observed, percent) => {
        const latencies = createLatencies();
        for (const duration of observed) latencies.add(duration);
        const exact = observed.toSorted((a, b) => a - b)[Math.ceil((percent / 100) * observed.length) - 1] ?? 0;
        const estimate = latencies.quantile(percent / 100) ?? 0;
        assert.ok(estimate >= exact * 0.99 && estimate <= exact * 1.021 + 0.01, `${estimate} for ${exact}`);
      }),
    );
    assert.equal(createLatencies().quantile(0.5), null);
  });
});
