import assert from "node:assert/strict";
import { jobsPods } from "./jobs-pods.ts";
import type { Scenario } from "./scenario.ts";
import { killedAfter, nothingToDo, runUntil, standing, underLoad } from "./steps.ts";

/** Points 4, 5 and 9: Jobs apart from web pods, answers of another release while the route settles, counts by release. */
export const deploy: Scenario = {
  name: "deploy",
  title: "a deploy with a migration, under load; its Job's pod is counted by no budget and no autoscaler",
  stages: ["staging"],
  on: ["stand-ins", "real parts"],
  async play(world) {
    const release = await world.release("v2", "2026.11.23-1");
    const args = ["deploy", "--stack", "staging", "--release", release, "--wait"];
    await underLoad(world, "staging", async () => {
      await runUntil(world, args, killedAfter("migrate"));
      await jobsPods(world, "staging");
      await nothingToDo(world, "staging", "after the migration");
      const resumed = await world.mustRun([0], ["resume", "--stack", "staging", "--wait"]);
      assert.match(resumed.stdout, /error-rate/, "the error rate was never looked at");
    });
    await nothingToDo(world, "staging", "after the deploy");
    return { stands: await standing(world, "staging") };
  },
};
