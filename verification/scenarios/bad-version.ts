import assert from "node:assert/strict";
import type { Scenario } from "./scenario.ts";
import { deployed, nothingToDo, standing } from "./steps.ts";

/** Version 3 answers every fifth request on production with 500. */
export const badVersion: Scenario = {
  name: "bad-version",
  title: "a release that fails on production's canary is taken back, and nothing of it is left",
  stages: ["staging", "production"],
  on: ["stand-ins", "real parts"],
  async play(world) {
    await deployed(world, "2026.11.24-1", "v3");
    const before = await standing(world, "production");
    const load = await world.load("production");
    try {
      await world.mustRun([1], ["promote", "--from", "staging", "--to", "production", "--wait"]);
    } finally {
      await load.stop();
    }
    assert.deepEqual(await standing(world, "production"), before);
    await nothingToDo(world, "production", "after it was taken back");
    return { stands: before };
  },
};
