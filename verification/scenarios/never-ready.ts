import assert from "node:assert/strict";
import type { Scenario } from "./scenario.ts";
import { nothingToDo, standing } from "./steps.ts";

const READY_WITHIN_SECONDS = 20;
/** The update, its preview, the way back and what they begin with, on a busy machine. */
const ALLOWED_SECONDS = 240;

/** Point 7: the Service waited ten minutes for a release that never becomes ready. */
export const neverReady: Scenario = {
  name: "never-ready",
  title: "a release that never becomes ready holds the stack for readyWithin, not for a provider's default",
  stages: ["staging"],
  settings: { application: { readyWithin: `${READY_WITHIN_SECONDS}s` } },
  on: ["stand-ins", "real parts"],
  async play(world) {
    const before = await standing(world, "staging");
    const release = await world.release("v4", "2026.11.25-1");
    const ran = await world.mustRun([1], ["deploy", "--stack", "staging", "--release", release, "--wait"]);
    assert.ok(ran.seconds < ALLOWED_SECONDS, `it held the stack for ${ran.seconds.toFixed(0)} s`);
    assert.deepEqual(await standing(world, "staging"), before);
    await nothingToDo(world, "staging", "after it was taken back");
    return { exit: ran.code, stands: before };
  },
};
