import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { namespaceOf } from "./jobs-pods.ts";
import type { Scenario } from "./scenario.ts";
import { deployed, standing, underLoad } from "./steps.ts";
import type { World } from "./world.ts";

const podSchema = z.object({
  metadata: z.object({ name: z.string(), namespace: z.string(), deletionTimestamp: z.string().optional() }),
  spec: z.object({ nodeName: z.string().optional() }),
  status: z.object({ phase: z.string() }),
});
const nodeSchema = z.object({ metadata: z.object({ name: z.string() }) });
const DRAINED_WITHIN = 240_000;
const AGAIN_AFTER = 1_000;
/** What the API server answers while a budget allows no eviction. */
const NOT_NOW = 429;

/** Empties a node as `kubectl drain` does: no new pods, and an eviction of each, again while its budget refuses. */
async function drainNode(world: World, node: string): Promise<number> {
  const { objects } = world;
  assert.equal(await objects.send("PATCH", `/api/v1/nodes/${node}`, { spec: { unschedulable: true } }), 200);
  const deadline = Date.now() + DRAINED_WITHIN;
  let evicted = 0;
  for (;;) {
    const pods = await objects.list(`/api/v1/namespaces/${namespaceOf("staging")}/pods`, podSchema);
    const left = pods.filter(({ spec, status }) => spec.nodeName === node && status.phase === "Running");
    if (left.length === 0) return evicted;
    assert.ok(Date.now() < deadline, `the node isn't empty after ${DRAINED_WITHIN / 1_000} s: ${JSON.stringify(left)}`);
    for (const { metadata } of left.filter((pod) => pod.metadata.deletionTimestamp === undefined)) {
      const { name, namespace } = metadata;
      const body = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name, namespace } };
      const status = await objects.send("POST", `/api/v1/namespaces/${namespace}/pods/${name}/eviction`, body);
      assert.ok([201, NOT_NOW].includes(status), `the eviction of ${name} was answered with ${status}`);
      if (status === 201) evicted += 1;
    }
    await delay(AGAIN_AFTER);
  }
}

/** Point 4: a budget that counts a Job's pods allows no eviction. */
export const drain: Scenario = {
  name: "drain",
  title: "every node is drained in turn under load, one pod of a release at a time",
  stages: ["staging"],
  on: ["real parts"],
  async play(world) {
    await deployed(world, "2026.11.23-1");
    const nodes = await world.objects.list("/api/v1/nodes", nodeSchema);
    let evicted = 0;
    await underLoad(world, "staging", async () => {
      for (const { metadata } of nodes) {
        evicted += await drainNode(world, metadata.name);
        await world.objects.send("PATCH", `/api/v1/nodes/${metadata.name}`, { spec: { unschedulable: null } });
      }
    });
    assert.ok(evicted >= 2, `${evicted} pods were evicted`);
    return { stands: await standing(world, "staging") };
  },
};
