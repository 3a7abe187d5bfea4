import assert from "node:assert/strict";
import { z } from "zod";
import type { Scenario } from "./scenario.ts";
import { nothingToDo, standing } from "./steps.ts";

const podOf = z.string().optional();
const eventSchema = z.looseObject({ type: z.string(), pod: podOf, data: z.looseObject({ pod: podOf }).optional() });

/** Point 8: a pod that was on its way out was taken for one that serves, and was replaced twice. */
export const incident: Scenario = {
  name: "incident",
  title: "one pod can't reach its database: it alone is replaced, once",
  stages: ["staging"],
  settings: { incident: { recoverWithin: "10s" } },
  on: ["stand-ins", "real parts"],
  async play(world) {
    await world.breakOnePod("staging", "bad");
    const ran = await world.mustRun([0], ["incident", "database", "--stack", "staging", "--wait", "--json"]);
    const events = ran.stdout
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => eventSchema.parse(JSON.parse(line)));
    const replaced = events.flatMap(({ type, pod, data }) => (type === "restarting" ? [pod ?? data?.pod ?? "?"] : []));
    assert.equal(replaced.length, 1, `pods were replaced: ${replaced.join(", ")}`);
    await nothingToDo(world, "staging", "after the incident");
    return { exit: ran.code, stands: await standing(world, "staging") };
  },
};
