import type { Scenario } from "./scenario.ts";
import { nothingToDo, standing, underLoad } from "./steps.ts";

/** Point 6: requests failed whenever pods rolled. */
export const settingsChange: Scenario = {
  name: "settings-change",
  title: "a settings change rolls a running release's pods under load",
  stages: ["staging"],
  on: ["stand-ins", "real parts"],
  async play(world) {
    await underLoad(world, "staging", async () => {
      await world.project.change("staging", { application: { cpu: "101m" } });
      await world.up("staging");
    });
    await nothingToDo(world, "staging", "after the change");
    return { stands: await standing(world, "staging") };
  },
};
