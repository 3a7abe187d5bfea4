import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { after, before, describe, it } from "mocha";
import { z } from "zod";
import { measuredLag, openDataPlane } from "../../sandbox/cloud/cluster/gateway/data-plane.ts";
import { deployment, eventually, NAMESPACE, openWorld, route, service, TYPES, type World } from "./cluster-world.ts";

const routeSchema = z.object({
  metadata: z.object({ generation: z.number() }),
  status: z.object({
    parents: z.array(z.object({ conditions: z.array(z.object({ observedGeneration: z.number() })) })),
  }),
});

describe("the data plane of the sandbox's gateway", function () {
  this.timeout(60_000);
  let world: World;
  let behind = 0;
  before(async () => {
    world = await openWorld(() => behind);
    for (const release of ["one", "two"]) {
      await world.create(TYPES.service, service(release));
      await world.create(TYPES.deployment, deployment(world, release, { replicas: 1 }));
    }
    await world.create(TYPES.route, route({ one: 100 }));
  });
  after(() => world.close());

  const servedBy = async (headers: Record<string, string> = {}) => {
    const answer = await fetch(`${world.cluster.gatewayUrl("staging")}/`, { headers });
    await answer.text();
    return answer.headers.get("x-runbooks-release");
  };

  it("routes as before when the status has the new generation already: by weight, and by a new release's header", async () => {
    await eventually("the first weights", async () => ((await servedBy()) === "one" ? true : undefined));
    behind = 1_500;
    await world.update(TYPES.route, `${NAMESPACE}/app`, route({ one: 0, two: 100 }));
    await eventually("the route's acceptance", async () => {
      const answer = await world.read(`/apis/gateway.networking.k8s.io/v1/namespaces/${NAMESPACE}/httproutes/app`);
      const { metadata, status } = routeSchema.parse(await answer.json());
      const seen = status.parents.flatMap(({ conditions }) => conditions);
      return seen.every(({ observedGeneration }) => observedGeneration === metadata.generation) ? true : undefined;
    });
    assert.equal(await servedBy(), "one");
    assert.equal(await servedBy({ "x-runbooks-release": "two" }), "one");
    await eventually("the new weights", async () => ((await servedBy()) === "two" ? true : undefined));
    assert.equal(await servedBy({ "x-runbooks-release": "one" }), "one");
  });

  it("takes changes over in their order, also where several are due at the same moment", async () => {
    const planes = Array.from({ length: 40 }, () => {
      const lags = [190, 50, 120, 10];
      const order: number[] = [];
      return { order, ...openDataPlane(() => lags.shift() ?? 1) };
    });
    for (let change = 0; change < 4; change += 1) {
      for (const { change: later, order } of planes) later(() => order.push(change));
      await delay(7);
    }
    await eventually("every change", async () => planes.every(({ order }) => order.length === 4) || undefined);
    for (const { order, close } of planes) {
      close();
      assert.deepEqual(order, [0, 1, 2, 3]);
    }
  });

  it("is behind by as much as was measured, and never by the same twice in a row", () => {
    const lag = measuredLag();
    const lags = Array.from({ length: 8 }, lag);
    assert.ok(Math.min(...lags) >= 78 && Math.max(...lags) >= 1_900 && Math.max(...lags) <= 2_000, String(lags));
    assert.ok(lags.every((one, index) => one !== lags[index + 1]));
  });
});
