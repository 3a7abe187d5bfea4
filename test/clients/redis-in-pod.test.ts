import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Kubernetes, openKubernetes } from "../../infra/clients/kubernetes.ts";
import { askInPod, REPLY_ERROR, UNREACHED } from "../../infra/clients/redis-in-pod.ts";
import { redisUsers } from "../../infra/issuers/redis-users.ts";
import { APP_ACCESS } from "../../infra/program/components/session-users.ts";
import { openProcesses, type Processes } from "../../sandbox/cloud/processes.ts";
import { makeCertificates } from "../../sandbox/cloud/stores/certificates.ts";
import { type RedisStore, startRedis } from "../../sandbox/cloud/stores/redis.ts";
import { deployment, NAMESPACE, openWorld, TYPES, type World } from "../sandbox/cluster-world.ts";

const user = (name: string, password: string) => ({ name, access: APP_ACCESS, passwords: [password] });

describe("the session store, asked from one of the application's pods", function () {
  this.timeout(60_000);
  const kubeconfig = process.env.KUBECONFIG;
  let dir: string;
  let processes: Processes;
  let store: RedisStore;
  let world: World;
  let kubernetes: Kubernetes;
  const pods = (namespace: string) => askInPod({ cluster: { namespace }, application: { name: "app" } }, kubernetes);

  before(async () => {
    dir = mkdtempSync(join(tmpdir(), "redis-in-pod-"));
    processes = openProcesses(join(dir, "processes"));
    const certificates = await makeCertificates(join(dir, "tls"));
    store = await startRedis({
      id: "sessions",
      stack: "staging",
      dir: join(dir, "redis"),
      certificates,
      parameters: {},
      users: [user("app-a", "the-password-of-a"), user("app-b", "the-password-of-b")],
      spawnRecorded: processes.spawnRecorded,
    });
    world = await openWorld();
    const env = [{ name: "NODE_EXTRA_CA_CERTS", value: certificates.caFile }];
    await world.create(TYPES.deployment, deployment(world, "r1", { env }));
    process.env.KUBECONFIG = join(dir, "kubeconfig");
    writeFileSync(process.env.KUBECONFIG, world.cluster.apiServer.kubeconfig);
    kubernetes = await openKubernetes({ context: null });
  });
  after(async () => {
    if (kubeconfig === undefined) delete process.env.KUBECONFIG;
    else process.env.KUBECONFIG = kubeconfig;
    await world?.close();
    await processes.endAll();
    rmSync(dir, { recursive: true, force: true });
  });

  /** An address at which nobody of this machine is let in, as ElastiCache's is from outside of its VPC. */
  async function users(): Promise<ReturnType<typeof redisUsers>> {
    const closed = createServer();
    const port = await new Promise<number>((resolve) => {
      closed.listen(0, "127.0.0.1", () => {
        const address = closed.address();
        resolve(address !== null && typeof address === "object" ? address.port : 0);
      });
    });
    await new Promise((resolve) => closed.close(resolve));
    return redisUsers({
      endpoints: async () => [{ host: "127.0.0.1", port }],
      observer: async () => `rediss://app-a:the-password-of-a@127.0.0.1:${port}`,
      // Only from a pod the name leads to the store.
      inPod: (question) => pods(NAMESPACE)({ ...question, port: store.port }),
    });
  }
  const url = (name: string, password: string) => `rediss://${name}:${password}@127.0.0.1:6379`;

  it("accepts what it accepts and refuses what it refuses, where it isn't reached from here", async () => {
    const issuer = await users();
    assert.deepEqual(await issuer.probe(url("app-b", "the-password-of-b")), { answer: "accepted" });
    assert.deepEqual(await issuer.probe(url("app-b", "another-password-of-b")), { answer: "refused" });
    assert.deepEqual(await issuer.probe(url("nobody", "the-password-of-b")), { answer: "refused" });
  });

  it("says who is connected, less those who ask", async () => {
    const { Redis } = await import("ioredis");
    const client = new Redis({
      host: "127.0.0.1",
      port: store.port,
      username: "app-b",
      password: "the-password-of-b",
      tls: { rejectUnauthorized: false },
      lazyConnect: true,
      retryStrategy: () => null,
    });
    await client.connect();
    try {
      const issuer = await users();
      assert.deepEqual([await issuer.uses("app-a", 0), await issuer.uses("app-b", 0)], [0, 1]);
    } finally {
      client.disconnect();
    }
  });

  it("is told from a store that answers with an error where no pod reaches it, by its code", async () => {
    const ask = pods(NAMESPACE);
    const question = { host: "127.0.0.1", secure: "plain", commands: [["PING"]], within: 2_000 } as const;
    await assert.rejects(ask({ ...question, port: 1 }), {
      code: UNREACHED,
      message: /doesn't reach 127\.0\.0\.1:1 \(ECONNREFUSED\)/,
    });
    const login = { ...question, secure: "tls" as const, port: store.port };
    await assert.rejects(ask(login), { name: REPLY_ERROR, message: /^NOAUTH / });
  });

  it("can't be told where no pod is ready, and a failure names no value", async () => {
    const issuer = redisUsers({
      endpoints: async () => [{ host: "127.0.0.1", port: 1 }],
      observer: async () => url("app-a", "the-password-of-a"),
      inPod: (question) => pods("nowhere")(question),
    });
    const probed = await issuer.probe(url("app-a", "the-password-of-a"));
    assert.ok(probed.answer === "unknown", probed.answer);
    assert.match(
      probed.why,
      /^the session store at 127\.0\.0\.1:1 gave no answer to that \(no pod of nowhere is ready/,
    );
    assert.doesNotMatch(probed.why, /the-password/);
    const failing = { namespace: NAMESPACE, container: "app", line: "a-secret-value", within: 5_000 };
    const [pod] = await kubernetes.pods(NAMESPACE, {});
    assert.ok(pod);
    const run = (command: string[], name = pod.name) =>
      kubernetes.exec({ ...failing, pod: name, command }).catch((error: unknown) => String(error));
    assert.match(await run(["node", "-e", "process.exit(3)"]), /exit status 3/);
    assert.match(await run(["no-such-command"]), /can't be run in pod app-staging\/app-r1-[\w-]+: .*ENOENT/);
    assert.match(await run(["node", "-e", ""], "gone"), /can't be run in pod app-staging\/gone/);
    for (const command of [["node", "-e", "process.exit(3)"], ["no-such-command"]]) {
      assert.doesNotMatch(await run(command), /a-secret-value/);
    }
    assert.equal(
      await run([
        "node",
        "-e",
        "process.stdin.once('data', (line) => { process.stdout.write(line); process.exit(); })",
      ]),
      "a-secret-value\n",
    );
  });
});
