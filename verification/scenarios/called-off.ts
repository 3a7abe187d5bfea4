import assert from "node:assert/strict";
import { z } from "zod";
import { killedWhen } from "../crash/killed-when.ts";
import { namespaceOf } from "./jobs-pods.ts";
import { noOrphans } from "./orphans.ts";
import type { Scenario } from "./scenario.ts";
import { nothingToDo, standing, underLoad } from "./steps.ts";
import type { World } from "./world.ts";

const STAGE = "staging";
const DELETED_WITHIN_SECONDS = 300;

const deploymentSchema = z.object({ metadata: z.object({ deletionTimestamp: z.string().optional() }) });

/** Begins a rotation, and kills it with its engine and providers while the cluster deletes the release before. */
function killedWhileDeleting({ env, project, program, objects }: World): Promise<void> {
  const path = `/apis/apps/v1/namespaces/${namespaceOf(STAGE)}/deployments`;
  const isDeleting = async () =>
    (await objects.list(path, deploymentSchema)).some(({ metadata }) => metadata.deletionTimestamp !== undefined);
  return killedWhen(
    ["rotate", "SUPABASE_KEY", "--stack", STAGE, "--wait"],
    env,
    { what: "the release before to be deleted", within: DELETED_WITHIN_SECONDS, holds: isDeleting },
    { program, project: project.folder },
  );
}

/** What an update had begun to delete stood in the state, and in the cluster no more: the way back kept a release without pods. */
export const calledOff: Scenario = {
  name: "called-off",
  title: "a rotation, killed while the cluster deletes the release before, is called off: that release serves again",
  stages: [STAGE],
  on: ["stand-ins", "real parts"],
  async play(world) {
    const before = await standing(world, STAGE);
    const { code } = await underLoad(world, STAGE, async () => {
      await killedWhileDeleting(world);
      return world.mustRun([0], ["abort", "--stack", STAGE, "--reason", "second thoughts"]);
    });
    assert.deepEqual(await standing(world, STAGE), before);
    const { releases } = await world.status(STAGE);
    for (const { version, ready, desired } of releases) {
      assert.ok(ready > 0 && ready >= desired, `${version}: ${ready} of ${desired} pods are ready`);
    }
    await nothingToDo(world, STAGE, "after the abort");
    await noOrphans(world, STAGE);
    return { exit: code, stands: before };
  },
};
