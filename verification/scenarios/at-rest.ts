import assert from "node:assert/strict";
import { saidLast } from "./run.ts";
import type { Scenario } from "./scenario.ts";
import { nothingToDo, standing } from "./steps.ts";

/** Point 2: the Secrets of a release were replaced by every update. */
export const atRest: Scenario = {
  name: "at-rest",
  title: "first update, a second one that changes nothing, a refresh without drift",
  stages: ["staging", "production"],
  on: ["stand-ins", "real parts"],
  async play(world) {
    for (const stage of ["staging", "production"] as const) {
      await nothingToDo(world, stage, "at rest");
      const args = ["refresh", "--yes", "--skip-preview", "--diff", "--expect-no-changes", "--stack", stage];
      const refreshed = await world.pulumi(args);
      assert.equal(refreshed.code, 0, `a refresh of ${stage} found a drift:\n${saidLast(refreshed)}`);
      await nothingToDo(world, stage, "after a refresh");
    }
    return { staging: await standing(world, "staging"), production: await standing(world, "production") };
  },
};
