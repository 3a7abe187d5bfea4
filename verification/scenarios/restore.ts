import assert from "node:assert/strict";
import { z } from "zod";
import { namespaceOf } from "./jobs-pods.ts";
import { lossyRelease } from "./lossy-release.ts";
import type { Scenario } from "./scenario.ts";
import { type Documents, documents, nothingToDo, standing } from "./steps.ts";
import type { World } from "./world.ts";

const jobSchema = z.object({ metadata: z.object({ name: z.string() }) });
/** A namespace is replaced with everything in it when it gets another name. */
const MOVED = `${namespaceOf("staging")}-moved`;

/** Every Job of the stack is deleted, as `ttlSecondsAfterFinished` or a person would. */
async function deleteJobs(world: World): Promise<void> {
  const jobs = `/apis/batch/v1/namespaces/${namespaceOf("staging")}/jobs`;
  for (const { metadata } of await world.objects.list(jobs, jobSchema)) {
    await world.objects.send("DELETE", `${jobs}/${metadata.name}?propagationPolicy=Background`);
  }
}

async function mustBeThere({ read }: Documents, id: string, after: string): Promise<void> {
  assert.equal(await read(id), 200, `a document that was written after the restore is lost after ${after}`);
}

/** Point 1: a later update ran the restore again. */
export const restore: Scenario = {
  name: "restore",
  title: "what is written after a rollback with restore survives whatever comes next",
  stages: ["staging"],
  on: ["stand-ins", "real parts"],
  async play(world) {
    const lossy = await lossyRelease(world, "2026.11.24-1");
    await world.mustRun([0], ["deploy", "--stack", "staging", "--release", lossy, "--wait"]);
    await world.mustRun([2], ["rollback", "--stack", "staging"]);
    await world.mustRun([0], ["rollback", "--stack", "staging", "--restore-backup", "--yes", "--wait"]);
    const id = await (await documents(world, "staging")).write("after the restore");
    const look = async (after: string) => mustBeThere(await documents(world, "staging"), id, after);

    await nothingToDo(world, "staging", "after a restore");
    await look("a second update");
    await world.project.change("staging", { application: { cpu: "102m" } });
    await world.up("staging");
    await look("a settings change");
    await deleteJobs(world);
    await world.up("staging", ["--refresh"]);
    await look("the Jobs' deletion and a refresh");
    await world.project.change("staging", { cluster: { namespace: MOVED } });
    await world.up("staging");
    await look("the namespace's replacement");
    const next = await world.release("v2", "2026.11.25-1");
    await world.mustRun([0], ["deploy", "--stack", "staging", "--release", next, "--wait"]);
    await look("the next deploy");
    await world.mustRun([0], ["rollback", "--stack", "staging", "--wait"]);
    await look("the next deploy's rollback");
    await nothingToDo(world, "staging", "in the end");
    return { stands: await standing(world, "staging") };
  },
};
