import assert from "node:assert/strict";
import fc from "fast-check";
import { after, before, describe, it } from "mocha";
import { type PodContainer, podsOf } from "../../infra/clients/kubernetes-objects.ts";
import { type BackOff, backOffAfter, restarted } from "../../sandbox/cloud/cluster/pods/back-off.ts";
import { memoryLimit } from "../../sandbox/cloud/cluster/pods/memory.ts";
import { deployment, eventually, NAMESPACE, openWorld, TYPES, type World } from "./cluster-world.ts";

const MINUTE = 60_000;

describe("a container's back-off", () => {
  it("begins with the second restart, at 10 s, and doubles up to 5 minutes", () => {
    const waits: [number, boolean][] = [];
    let known: BackOff | null = null;
    let now = 0;
    for (let end = 1; end <= 9; end += 1) {
      now += 1_000;
      const { milliseconds, crashLoop } = backOffAfter(known, now);
      waits.push([milliseconds, crashLoop]);
      known = restarted(known, now, now + milliseconds);
      now += milliseconds;
    }
    assert.deepEqual(waits[0], [1_000, false]);
    const seconds = waits.slice(1).map(([milliseconds]) => milliseconds / 1_000);
    assert.deepEqual(seconds, [10, 20, 40, 80, 160, 300, 300, 300]);
    assert.ok(waits.slice(1).every(([, crashLoop]) => crashLoop));
  });

  it("is forgotten once the container has run for 10 minutes, and not before", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 20 * MINUTE }), (ran) => {
        const { crashLoop } = backOffAfter({ milliseconds: 40_000, restartedAt: 5 }, 5 + ran);
        assert.equal(crashLoop, ran <= 10 * MINUTE);
      }),
      { seed: 20_261_127 },
    );
  });

  it("knows a memory limit in Kubernetes' units", () => {
    const bytes = (memory: string) => memoryLimit({ resources: { limits: { memory } } });
    assert.deepEqual(["256Mi", "1Gi", "5M", "1024"].map(bytes), [256 * 1_024 ** 2, 1_024 ** 3, 5e6, 1_024]);
    assert.equal(memoryLimit({ resources: {} }), undefined);
  });
});

describe("a pod that ends", function () {
  this.timeout(30_000);
  let world: World;
  before(async () => {
    world = await openWorld();
  });
  after(() => world.close());

  const pod = async () => {
    const answer = await world.read(`/api/v1/namespaces/${NAMESPACE}/pods`);
    return podsOf(await answer.json(), "runbooks.dev/release")[0] ?? assert.fail("there is no pod");
  };
  const tell = async (path: string) => {
    const { name } = await pod();
    await world.read(`/api/v1/namespaces/${NAMESPACE}/pods/${name}:8080/proxy${path}`).catch(() => undefined);
  };
  const container = async (): Promise<PodContainer> => (await pod()).containers[0] ?? assert.fail("no container");

  it("is started again at once, then backs off in a crash loop, exit 0 or not", async () => {
    const { id } = await world.create(TYPES.deployment, deployment(world, "ends"));
    assert.deepEqual(await container(), { name: "app", restarts: 0, waiting: null, last: null });
    await tell("/exit");
    const once = await eventually("started again", async () => {
      const { ready, containers } = await pod();
      return ready && containers[0]?.restarts === 1 ? containers[0] : undefined;
    });
    assert.partialDeepStrictEqual(once, { waiting: null, last: { reason: "Completed", exitCode: 0 } });
    await tell("/exit");
    const looping = await eventually("a crash loop", async () => {
      const found = await pod();
      return found.containers[0]?.waiting === "CrashLoopBackOff" ? found : undefined;
    });
    assert.equal(looping.containers[0]?.restarts, 1, "a restart counts once the container starts");
    assert.match(looping.reasons.join("; "), /CrashLoopBackOff: back-off 10s restarting failed container=app/);
    await world.remove(TYPES.deployment, id);
  });

  it("is killed at its memory limit, with 137 and OOMKilled", async () => {
    const { id } = await world.create(TYPES.deployment, deployment(world, "leaks", { memory: "256Mi" }));
    await tell("/leak");
    const last = await eventually("killed", async () => (await container()).last ?? undefined);
    assert.partialDeepStrictEqual(last, { reason: "OOMKilled", exitCode: 137 });
    await world.remove(TYPES.deployment, id);
  });
});
