import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { CoordinationV1Api, KubeConfig } from "@kubernetes/client-node";
import type { Answer } from "../../infra/clients/kubernetes-client.ts";
import { type LeaseRecord, openLease } from "../../infra/clients/kubernetes-leases.ts";
import { standForElection } from "../../infra/service/leadership.ts";
import { eventually, NAMESPACE, openWorld, type World } from "./cluster-world.ts";

const RECORD: LeaseRecord = {
  holder: "one",
  seconds: 9,
  acquiredAt: "2026-11-27T12:00:00.000Z",
  renewedAt: "2026-11-27T12:00:00.000Z",
  transitions: 0,
  annotations: {},
};

describe("Leases of the sandbox's cluster", function () {
  this.timeout(60_000);
  let world: World;
  before(async () => {
    world = await openWorld();
  });
  after(() => world.close());

  const send = async (method: string, path: string, body?: unknown): Promise<Answer> => {
    const { url, token } = world.cluster.apiServer;
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const answer = await fetch(`${url}${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.status, text: await answer.text() };
  };
  const leaseOf = (name: string, namespace = NAMESPACE) =>
    openLease(
      { answer: (path) => send("GET", path), write: (method, path, body) => send(method, path, body) },
      namespace,
      name,
    );

  it("are created once, and written over the version that was read alone", async () => {
    const lease = leaseOf("runbooks-staging");
    assert.equal(await lease.read(), null);
    const first = await lease.write(RECORD, null);
    assert.ok(first);
    assert.equal(await lease.write({ ...RECORD, holder: "two" }, null), null, "it is there already: 409");
    const second = await lease.write({ ...RECORD, renewedAt: "2026-11-27T12:00:02.000Z" }, first.version);
    assert.ok(second);
    assert.equal(await lease.write({ ...RECORD, holder: "two" }, first.version), null, "it was written since: 409");
    assert.equal((await lease.read())?.record.holder, "one");
  });

  it("are refused as the API server refuses them", async () => {
    const folder = `/apis/coordination.k8s.io/v1/namespaces/${NAMESPACE}/leases`;
    const body = (spec: object, metadata: object = {}) => ({
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: { name: "odd", ...metadata },
      spec,
    });
    const statuses = [
      await send("POST", folder, body({ renewTime: "2026-11-27T12:00:00.000Z" })),
      await send("POST", folder, body({ leaseDurationSeconds: 0 })),
      await send("POST", folder, body({}, { resourceVersion: "7" })),
      await send("PUT", `${folder}/odd`, body({}, { resourceVersion: "7" })),
    ].map(({ status }) => status);
    assert.deepEqual(statuses, [422, 422, 500, 404]);
    assert.equal((await send("POST", folder, body({}))).status, 201);
    assert.equal((await send("PUT", `${folder}/odd`, body({}))).status, 422, "no version is named");
    await assert.rejects(leaseOf("odd", "nowhere").write(RECORD, null), /404.*nowhere/);
  });

  it("are read by Kubernetes' own client", async () => {
    const config = new KubeConfig();
    config.loadFromString(world.cluster.apiServer.kubeconfig);
    const api = config.makeApiClient(CoordinationV1Api);
    await leaseOf("of-a-client").write(RECORD, null);
    const { spec } = await api.readNamespacedLease({ namespace: NAMESPACE, name: "of-a-client" });
    assert.equal(spec?.holderIdentity, "one");
    assert.equal(spec?.leaseDurationSeconds, 9);
    await assert.rejects(
      api.createNamespacedLease({ namespace: NAMESPACE, body: { metadata: { name: "of-a-client" } } }),
    );
  });

  it("elect one of two; another follows one that gives its Lease back at once, and one that fell silent after its time", async () => {
    const terms = { duration: 1_500, renewWithin: 1_000, every: 200 };
    const leading: string[] = [];
    const led = (wanted: readonly string[]) =>
      eventually(`leaders ${wanted.join(", ")}`, () => (leading.join() === wanted.join() ? leading : undefined));
    const ends = new Map<string, AbortController>();
    const stand = (identity: string, lease = leaseOf("of-two")) => {
      const end = new AbortController();
      ends.set(identity, end);
      return standForElection(
        {
          lease,
          terms,
          candidate: () => ({ identity, annotations: { "runbooks.dev/looked-at": "now" } }),
          leaderIs: () => undefined,
          work: async ({ signal }) => {
            leading.push(identity);
            await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
          },
        },
        end.signal,
      );
    };
    // The first one's writes get lost after a while: for the others it has fallen silent.
    let cut = false;
    const whole = leaseOf("of-two");
    const lost = () => Promise.reject(new Error("no answer"));
    const one = stand("one", {
      read: () => (cut ? lost() : whole.read()),
      write: (record, version) => (cut ? lost() : whole.write(record, version)),
    }).catch(() => undefined);
    await led(["one"]);
    const two = stand("two");
    await delay(3 * terms.every);
    assert.deepEqual(leading, ["one"]);
    cut = true;
    const cutAt = performance.now();
    await led(["one", "two"]);
    assert.ok(performance.now() - cutAt > terms.duration - 2 * terms.every, "not before the Lease's time has passed");
    ends.get("one")?.abort();
    await one;
    const three = stand("three");
    ends.get("two")?.abort();
    await two;
    await led(["one", "two", "three"]);
    const { record } = (await whole.read()) ?? {};
    assert.deepEqual([record?.holder, record?.transitions], ["three", 2]);
    assert.equal(record?.annotations["runbooks.dev/looked-at"], "now");
    ends.get("three")?.abort();
    await three;
    assert.equal((await whole.read())?.record.holder, "", "given back");
  });
});
