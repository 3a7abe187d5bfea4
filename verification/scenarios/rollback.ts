import assert from "node:assert/strict";
import type { Scenario } from "./scenario.ts";
import { deployed, killedAfter, nothingToDo, runUntil, standing, underLoad } from "./steps.ts";

/** Back while the old release is still there. */
export const rollbackWarm: Scenario = {
  name: "rollback-warm",
  title: "a promotion under way is called off under load",
  stages: ["staging", "production"],
  on: ["stand-ins", "real parts"],
  async play(world) {
    await deployed(world, "2026.11.23-1");
    const before = await standing(world, "production");
    await underLoad(world, "production", async () => {
      const promotion = ["promote", "--from", "staging", "--to", "production", "--wait"];
      await runUntil(world, promotion, killedAfter("canary-50"));
      await world.mustRun([0], ["rollback", "--stack", "production", "--wait"]);
    });
    assert.deepEqual(await standing(world, "production"), before);
    await nothingToDo(world, "production", "after the rollback");
    return { stands: before };
  },
};

/** Back to a release that is gone. */
export const rollbackCold: Scenario = {
  name: "rollback-cold",
  title: "back to a release that is gone, across a migration that is taken back, under load",
  stages: ["staging"],
  on: ["stand-ins", "real parts"],
  async play(world) {
    const before = await standing(world, "staging");
    await deployed(world, "2026.11.23-1");
    await underLoad(world, "staging", () => world.mustRun([0], ["rollback", "--stack", "staging", "--wait"]));
    assert.deepEqual(await standing(world, "staging"), before);
    await nothingToDo(world, "staging", "after the rollback");
    return { stands: before };
  },
};
