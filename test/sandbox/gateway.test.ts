import assert from "node:assert/strict";
import { Agent, get, request } from "node:http";
import { connect, type Socket } from "node:net";
import { z } from "zod";
import { deployment, eventually, NAMESPACE, openWorld, route, service, TYPES, type World } from "./cluster-world.ts";

interface Reply {
  code: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

const routeStatus = z.object({
  metadata: z.object({ generation: z.number() }),
  status: z.object({
    parents: z.array(
      z.object({
        parentRef: z.object({ sectionName: z.string() }),
        conditions: z.array(
          z.object({ type: z.string(), status: z.string(), reason: z.string(), observedGeneration: z.number() }),
        ),
      }),
    ),
  }),
});

describe("the sandbox's gateway", function () {
  this.timeout(60_000);
  let world: World;
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  before(async () => {
    world = await openWorld();
    for (const release of ["one", "two"]) {
      await world.create(TYPES.service, service(release));
      const shape = release === "one" ? { replicas: 2, preStopSeconds: 3 } : { replicas: 1 };
      await world.create(TYPES.deployment, deployment(world, release, shape));
    }
    await world.create(TYPES.route, route({ one: 95, two: 5 }));
    await programmed();
  });
  after(async () => {
    agent.destroy();
    await world.close();
  });

  /** Waits until the gateway has taken over the route's last generation. */
  const programmed = () =>
    eventually("the route's acceptance", async () => {
      const answer = await world.read(`/apis/gateway.networking.k8s.io/v1/namespaces/${NAMESPACE}/httproutes/app`);
      const parsed = routeStatus.safeParse(await answer.json());
      if (!parsed.success) return undefined;
      const { conditions = [] } = parsed.data.status.parents[0] ?? {};
      const taken = conditions.every((condition) => condition.observedGeneration === parsed.data.metadata.generation);
      return taken && conditions.length > 0 ? conditions : undefined;
    });
  const reweigh = async (weights: Record<string, number>) => {
    await world.update(TYPES.route, `${NAMESPACE}/app`, route(weights));
    return programmed();
  };
  const ask = (path = "/", headers: Record<string, string> = {}, using: Agent = agent): Promise<Reply> =>
    new Promise((resolve, reject) => {
      get(`${world.cluster.gatewayUrl("staging")}${path}`, { headers, agent: using }, (response) => {
        let body = "";
        response.setEncoding("utf8").on("data", (chunk: string) => {
          body += chunk;
        });
        response.on("end", () => resolve({ code: response.statusCode ?? 0, headers: response.headers, body }));
        response.on("error", reject);
      }).on("error", reject);
    });
  const askMany = async (count: number): Promise<Map<string, number>> => {
    const served = new Map<string, number>();
    let left = count;
    const worker = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        const { body } = await ask();
        served.set(body, (served.get(body) ?? 0) + 1);
      }
    };
    await Promise.all(Array.from({ length: 16 }, worker));
    return served;
  };
  const metrics = async (): Promise<string> =>
    (await world.read("/api/v1/namespaces/gateway-system/services/gateway-metrics:9090/proxy/metrics")).text();
  const counter = async (release: string, code: number): Promise<number> => {
    const line = new RegExp(
      `^gateway_requests_total\\{namespace="${NAMESPACE}",release="${release}",code="${code}"\\} ([0-9]+)$`,
      "m",
    );
    return Number(line.exec(await metrics())?.[1] ?? 0);
  };

  it("shares 10,000 requests by weight within 1 %, at every step of a re-weighting, and counts them by release", async () => {
    const before = { one: await counter("one", 200), two: await counter("two", 200) };
    const total = new Map<string, number>();
    for (const [weight, count] of [
      [5, 2000],
      [25, 2000],
      [50, 4000],
      [100, 2000],
    ] as const) {
      await reweigh({ one: 100 - weight, two: weight });
      const served = await askMany(count);
      for (const [release, requests] of served) total.set(release, (total.get(release) ?? 0) + requests);
      const share = ((served.get("two") ?? 0) / count) * 100;
      assert.ok(Math.abs(share - weight) <= 0.5, `${share} % at weight ${weight}`);
    }
    assert.equal((await counter("one", 200)) - before.one, total.get("one"));
    assert.equal((await counter("two", 200)) - before.two, total.get("two"));
    await reweigh({ one: 100, two: 0 });
  });

  it("reaches a release of weight 0 by its header, and says who served", async () => {
    const plain = await ask();
    assert.equal(plain.headers["x-runbooks-release"], "one");
    assert.deepEqual(plain.headers["set-cookie"], ["a=1", "b=2"]);
    const named = await ask("/", { "X-Runbooks-Release": "two" });
    assert.equal(named.body, "two");
    assert.equal(named.headers["x-runbooks-release"], "two");
    assert.equal((await ask("/", { host: "staging.app.example.com" })).code, 200);
  });

  it("answers 404 for another host, 500 for a Service that isn't there, 503 for one without ready endpoints", async () => {
    assert.equal((await ask("/", { host: "other.example.com" })).code, 404);
    await world.create(TYPES.service, service("empty"));
    const conditions = await reweigh({ one: 100, two: 0, empty: 0, gone: 0 });
    assert.deepEqual(
      conditions.map(({ type, status, reason }) => [type, status, reason]),
      [
        ["Accepted", "True", "Accepted"],
        ["ResolvedRefs", "False", "BackendNotFound"],
      ],
    );
    assert.equal((await ask("/", { "x-runbooks-release": "gone" })).code, 500);
    assert.equal((await ask("/", { "x-runbooks-release": "empty" })).code, 503);
    assert.equal(await counter("empty", 503), 1);
    await reweigh({ one: 100, two: 0 });
  });

  it("passes bodies, streams and the client's address on", async () => {
    const body = "x".repeat(3_000_000);
    const echoed = await fetch(`${world.cluster.gatewayUrl("staging")}/echo`, { method: "POST", body });
    assert.equal(await echoed.text(), body);
    const headers = z
      .record(z.string(), z.string())
      .parse(JSON.parse((await ask("/headers", { "x-forwarded-for": "192.0.2.1" })).body));
    assert.equal(headers["x-forwarded-for"], "192.0.2.1, 127.0.0.1");
    assert.equal(headers["x-forwarded-proto"], "http");
  });

  it("delays every request by the latency fault", async () => {
    world.cluster.setLatency(150);
    const started = performance.now();
    await ask();
    assert.ok(performance.now() - started >= 150);
    world.cluster.setLatency(0);
  });

  it("takes an unready pod out of its Service and back in no request's way", async () => {
    const before = world.cluster.status("staging").pods.filter((pod) => pod.release === "one");
    await fetch(`http://127.0.0.1:${before[0]?.port}/unready`);
    await eventually("the pod's unreadiness", () =>
      world.cluster.status("staging").pods.some((pod) => pod.name === before[0]?.name && !pod.ready) ? true : undefined,
    );
    const codes = await Promise.all(Array.from({ length: 50 }, async () => (await ask()).code));
    assert.deepEqual([...new Set(codes)], [200]);
  });

  const upgrade = (): Promise<{ socket: Socket; head: string }> =>
    new Promise((resolve, reject) => {
      const { hostname, port } = new URL(world.cluster.gatewayUrl("staging"));
      const socket = connect(Number(port), hostname);
      socket.on("error", reject);
      socket.once("data", (data) => resolve({ socket, head: data.toString() }));
      socket.write(
        "GET /events HTTP/1.1\r\nhost: staging.app.example.com\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n\r\n",
      );
    });
  const openSockets = async (release: string): Promise<number> =>
    Number(
      new RegExp(`^gateway_open_websockets\\{namespace="${NAMESPACE}",release="${release}"\\} ([0-9]+)$`, "m").exec(
        await metrics(),
      )?.[1] ?? 0,
    );

  it("joins a WebSocket with its pod, counts it, and leaves it alone when the weights move away", async () => {
    const { socket, head } = await upgrade();
    assert.match(head, /^HTTP\/1\.1 101 /);
    assert.match(head, /sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r\n/);
    assert.match(head, /x-runbooks-release: one\r\n/);
    assert.equal(await openSockets("one"), 1);
    await reweigh({ one: 0, two: 100 });
    const echoed = new Promise<string>((resolve) => socket.once("data", (data) => resolve(data.toString())));
    socket.write("still here");
    assert.equal(await echoed, "still here");
    socket.destroy();
    await eventually("the socket's end", async () => ((await openSockets("one")) === 0 ? true : undefined));
    await reweigh({ one: 100, two: 0 });
  });

  it("tells a WebSocket's client goodbye when its pod ends", async () => {
    await world.create(TYPES.service, service("bye"));
    const { id } = await world.create(TYPES.deployment, deployment(world, "bye"));
    await reweigh({ bye: 100 });
    const { socket } = await upgrade();
    let said = "";
    socket.on("data", (data) => {
      said += data.toString();
    });
    const closed = new Promise((resolve) => socket.once("close", resolve));
    await reweigh({ one: 100, two: 0 });
    await world.remove(TYPES.deployment, id);
    await closed;
    assert.equal(said, "bye");
  });

  it("still sends requests to a pod that has ended already: without a preStop hook they fail, and are tried nowhere else", async () => {
    const outcomes: Promise<number>[] = [];
    const load = setInterval(() => {
      outcomes.push(ask("/", { "x-runbooks-release": "two" }).then(({ code }) => code));
    }, 25);
    await world.update(
      TYPES.deployment,
      `${NAMESPACE}/app-two`,
      deployment(world, "two", { env: [{ name: "ROUND", value: "1" }] }),
    );
    await eventually(
      "the old pod's withdrawal",
      async () => {
        const last = await Promise.all(outcomes.slice(-40));
        return last.length === 40 && last.every((code) => code === 200) && outcomes.length > 100 ? true : undefined;
      },
      30_000,
    );
    clearInterval(load);
    const codes = await Promise.all(outcomes);
    assert.deepEqual([...new Set(codes)].sort(), [200, 502]);
  });

  it("with one, loses no request while pods are replaced and scaled under load, neither reads nor writes", async () => {
    const post = (): Promise<number> =>
      new Promise((resolve, reject) => {
        const call = request(`${world.cluster.gatewayUrl("staging")}/echo`, { method: "POST", agent }, (response) => {
          response.resume().on("end", () => resolve(response.statusCode ?? 0));
        });
        call.on("error", reject).end("written");
      });
    const outcomes: Promise<number>[] = [];
    const failed = (error: unknown): number => {
      assert.ok(error instanceof Error);
      return -1;
    };
    const load = setInterval(() => {
      outcomes.push(
        ask().then(({ code }) => code, failed),
        ask("/slow?ms=100").then(({ code }) => code, failed),
        post().catch(failed),
      );
    }, 15);
    const id = `${NAMESPACE}/app-one`;
    for (const [round, replicas] of [2, 4, 3, 1].entries()) {
      const env = [{ name: "ROUND", value: String(Math.min(round, 2)) }];
      await world.update(TYPES.deployment, id, deployment(world, "one", { replicas, env, preStopSeconds: 3 }));
    }
    await eventually("the last pods' end", () =>
      world.cluster.status("staging").pods.filter((pod) => pod.release === "one").length === 1 ? true : undefined,
    );
    await eventually("600 requests", () => (outcomes.length >= 600 ? true : undefined));
    clearInterval(load);
    const codes = await Promise.all(outcomes);
    assert.deepEqual([...new Set(codes)], [200]);
  });
});
