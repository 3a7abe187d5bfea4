import type { Scenario } from "./scenario.ts";
import { deployed, killedAfter, nothingToDo, runUntil, standing, underLoad } from "./steps.ts";

const PROMOTE = ["promote", "--from", "staging", "--to", "production", "--wait"];

/** Points 2 and 5: in mid-canary, and with a Gateway whose status is ahead of its data plane. */
export const promote: Scenario = {
  name: "promote",
  title: "a canary under load; in its middle a preview and an update change nothing",
  stages: ["staging", "production"],
  on: ["stand-ins", "real parts"],
  async play(world) {
    await deployed(world, "2026.11.23-1");
    await underLoad(world, "production", async () => {
      await runUntil(world, PROMOTE, killedAfter("canary-25"));
      await nothingToDo(world, "production", "in mid-canary");
      await world.mustRun([0], ["resume", "--stack", "production", "--wait"]);
    });
    await nothingToDo(world, "production", "after the promotion");
    return { stands: await standing(world, "production") };
  },
};
