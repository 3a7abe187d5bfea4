import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { namespaceOf } from "./jobs-pods.ts";
import type { Scenario } from "./scenario.ts";
import { deployed, killedAfter, nothingToDo, runUntil, standing, underLoad } from "./steps.ts";
import type { World } from "./world.ts";

const autoscalerSchema = z.object({
  metadata: z.object({ name: z.string() }),
  status: z.object({ desiredReplicas: z.int().default(0) }).default({ desiredReplicas: 0 }),
});
const SCALED_WITHIN = 240_000;
const LOOK_EVERY = 1_000;

async function mostWanted(world: World): Promise<number> {
  const path = `/apis/autoscaling/v2/namespaces/${namespaceOf("production")}/horizontalpodautoscalers`;
  const all = await world.objects.list(path, autoscalerSchema);
  return Math.max(0, ...all.map(({ status }) => status.desiredReplicas));
}

/** Point 4: an autoscaler that counts a Job's pods stays where it is. */
export const autoscale: Scenario = {
  name: "autoscale",
  title: "an autoscaler adds pods in mid-canary; an update leaves them, and the canary goes on",
  stages: ["staging", "production"],
  // So little that the load alone is above the target.
  settings: { application: { cpu: "20m" } },
  on: ["real parts"],
  async play(world) {
    await deployed(world, "2026.11.23-1");
    await underLoad(world, "production", async () => {
      const promotion = ["promote", "--from", "staging", "--to", "production", "--wait"];
      await runUntil(world, promotion, killedAfter("canary-50"));
      const deadline = Date.now() + SCALED_WITHIN;
      while ((await mostWanted(world)) <= 2) {
        assert.ok(Date.now() < deadline, `no autoscaler has added a pod within ${SCALED_WITHIN / 1_000} s`);
        await delay(LOOK_EVERY);
      }
      await nothingToDo(world, "production", "after the autoscaler added pods");
      await world.mustRun([0], ["resume", "--stack", "production", "--wait"]);
    });
    return { stands: await standing(world, "production") };
  },
};
