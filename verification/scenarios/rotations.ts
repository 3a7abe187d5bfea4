import { SECRET_NAMES, type SecretName } from "../../infra/domain/releases.ts";
import type { Scenario } from "./scenario.ts";
import { killedAfter, nothingToDo, runUntil, standing, underLoad } from "./steps.ts";

function rotation(secret: SecretName): Scenario {
  return {
    name: `rotate-${secret}`,
    title: `${secret} is rotated under load; in the middle a preview and an update change nothing`,
    stages: ["staging"],
    on: ["stand-ins", "real parts"],
    async play(world) {
      await underLoad(world, "staging", async () => {
        await runUntil(world, ["rotate", secret, "--stack", "staging", "--wait"], killedAfter("current"));
        await nothingToDo(world, "staging", "in mid-rotation");
        await world.mustRun([0], ["resume", "--stack", "staging", "--wait"]);
      });
      await nothingToDo(world, "staging", "after the rotation");
      return { stands: await standing(world, "staging") };
    },
  };
}

/** Each secret's rotation on staging. */
export const rotations: readonly Scenario[] = SECRET_NAMES.map(rotation);
