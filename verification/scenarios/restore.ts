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

/** A rollback across what can't be undone says what would be lost and which flags say yes, and changes nothing without them. */
async function restoreBackup(world: World, version: string): Promise<void> {
  const before = await standing(world, "staging");
  const lossy = await lossyRelease(world, version);
  const { stdout } = await world.mustRun([0], ["deploy", "--stack", "staging", "--release", lossy, "--wait"]);
  const order = [
    /remove the old release/,
    /back the database up as \S+-contract/,
    /step-started apply 0007_no_index/,
  ].map((title) => stdout.search(title));
  assert.ok(
    order.every((place, index) => place > (order[index - 1] ?? 0)),
    stdout,
  );
  const deployed = await standing(world, "staging");
  const rollback = ["rollback", "--stack", "staging"];
  const refused = await world.mustRun([2], rollback);
  assert.match(refused.stderr, /0006_notes \(expand: undoing it loses its data\), 0007_no_index/);
  assert.match(refused.stderr, /--restore-backup restores the backup that CHG-\S+ took at .*is lost/);
  const unconfirmed = await world.mustRun([2], [...rollback, "--restore-backup"]);
  assert.match(unconfirmed.stderr, /is lost to the application[\s\S]*--yes/);
  assert.deepEqual(await standing(world, "staging"), deployed);
  await world.mustRun([0], [...rollback, "--restore-backup", "--yes", "--wait"]);
  assert.deepEqual(await standing(world, "staging"), before);
}

/** Point 1: a later update ran the restore again. */
export const restore: Scenario = {
  name: "restore",
  title: "what is written after a rollback with restore survives whatever comes next",
  stages: ["staging"],
  on: ["stand-ins", "real parts"],
  async play(world) {
    await restoreBackup(world, "2026.11.24-1");
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
