import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { lostNothing, until } from "./commands.ts";
import { copyVersion, openWorld, type World } from "./world.ts";

const inboxSchema = z.object({ inbox: z.array(z.object({ channel: z.string(), headline: z.string() })) });
const targetsSchema = z.object({
  releases: z.array(z.object({ version: z.string(), weight: z.int() })),
  rollbackTargets: z.array(z.object({ version: z.string(), legal: z.boolean(), why: z.string() })),
});

const diagnosisSchema = z.object({ verdict: z.object({ kind: z.string() }) });

describe("rollback on the real engine", function () {
  this.timeout(600_000);
  let world: World;
  let room: string;
  before(async () => {
    room = await mkdtemp(join(tmpdir(), "rollback-"));
    world = await openWorld(["staging"]);
  });
  after(async () => {
    await world.down();
    await rm(room, { recursive: true, force: true });
  });

  const stands = async () => {
    const { stdout, stderr } = await world.runbook("status", "--stack", "staging", "--json");
    assert.notEqual(stdout, "", stderr);
    return targetsSchema.parse(JSON.parse(stdout));
  };

  const fault = async (...words: string[]) => {
    const { code, stderr } = await world.runbook("sandbox", "fault", ...words, "--stack", "staging");
    assert.equal(code, 0, stderr);
  };

  /** A release of version 2's code with migrations of its own on top. */
  async function releaseWith(version: string, migrations: Record<string, string>): Promise<string> {
    const folder = join(room, version);
    await copyVersion("v2", folder);
    for (const [name, text] of Object.entries(migrations)) await writeFile(join(folder, "migrations", name), text);
    const built = await world.runbook("sandbox", "build", folder, "--name", "registry.example.com/app");
    assert.equal(built.code, 0, built.stderr);
    const args = ["--image", built.stdout.trim(), "--version", version, "--migrations", join(folder, "migrations")];
    const manifest = await world.runbook("manifest", ...args);
    assert.equal(manifest.code, 0, manifest.stderr);
    return world.file(`${version}.yaml`, manifest.stdout);
  }

  it("calls a soak off under load: nothing is lost, everybody is told", async () => {
    const v2 = await world.release("v2", "2026.11.23-1");
    const load = await world.load("staging");
    const deployed = await world.runbook("deploy", "--stack", "staging", "--release", v2);
    assert.equal(deployed.code, 75, deployed.stdout + deployed.stderr);
    const back = await world.runbook("rollback", "--stack", "staging", "--reason", "users complain");
    const met = await load.stop();
    assert.equal(back.code, 0, back.stdout + back.stderr);
    lostNothing(met, 500);
    assert.deepEqual((await stands()).releases, [{ version: "2026.11.22-1", weight: 100 }]);
    const { inbox } = inboxSchema.parse(JSON.parse((await world.runbook("sandbox", "status", "--json")).stdout));
    assert.deepEqual(inbox.map(({ channel }) => channel).sort(), ["github", "pagerduty", "slack"]);
  });

  it("goes back across a reversible boundary under load, and ends an open incident first: the old release is created, gets ready and takes the traffic; the downs run last", async () => {
    const v2 = await world.release("v2", "2026.11.23-2");
    const deployed = await world.runbook("deploy", "--stack", "staging", "--release", v2, "--wait");
    assert.equal(deployed.code, 0, deployed.stdout + deployed.stderr);
    const [target] = (await stands()).rollbackTargets;
    assert.deepEqual([target?.version, target?.legal], ["2026.11.22-1", true]);
    await fault("redis", "down");
    const incident = await world.runbook("incident", "database", "--stack", "staging");
    assert.equal(incident.code, 75, incident.stdout + incident.stderr);
    await fault("redis", "up");
    await until("the staging stack to be well again", 60, async () => {
      const { stdout } = await world.runbook("incident", "database", "--stack", "staging", "--dry-run", "--json");
      return diagnosisSchema.parse(JSON.parse(stdout)).verdict.kind === "none";
    });
    const dry = await world.runbook("rollback", "--stack", "staging", "--dry-run");
    assert.match(dry.stdout, /would be called off[\s\S]*Then the stack would go back to the release before/);
    const restore = await world.runbook("rollback", "--stack", "staging", "--restore-backup", "--dry-run");
    assert.equal(restore.code, 4, restore.stdout + restore.stderr);
    const load = await world.load("staging");
    const back = await world.runbook("rollback", "--stack", "staging");
    const { failed, lostSessions, errors } = await load.stop();
    assert.equal(back.code, 0, back.stdout + back.stderr);
    assert.deepEqual({ failed, lostSessions }, { failed: 0, lostSessions: 0 }, errors.join("\n"));
    assert.ok(
      back.stdout.indexOf("take 0005_document_summaries back") > back.stdout.indexOf("announce it"),
      back.stdout,
    );
    const { releases, rollbackTargets } = await stands();
    assert.deepEqual(releases, [{ version: "2026.11.22-1", weight: 100 }]);
    assert.match(rollbackTargets[0]?.why ?? "", /needs 0005_document_summaries, which the database doesn't have/);
  });

  it("stops at a migration that fails: named with its reason, none of it kept, no traffic moved", async () => {
    const expand = "-- phase: expand\n-- reversible: yes\n\n-- Up Migration\n";
    const release = await releaseWith("2026.11.23-3", {
      "0006_labels.sql": `${expand}create table labels (label text);\n\n-- Down Migration\ndrop table labels;\n`,
      "0007_ratio.sql": `${expand}insert into labels select 1 / count(*) from labels;\n\n-- Down Migration\nselect 1;\n`,
    });
    const before = await stands();
    const failed = await world.runbook("deploy", "--stack", "staging", "--release", release, "--wait");
    assert.equal(failed.code, 1, failed.stdout + failed.stderr);
    assert.match(
      failed.stdout + failed.stderr,
      /0007_ratio failed on its way up: none of .*0006_labels, 0007_ratio was kept/,
    );
    assert.match(failed.stdout + failed.stderr, /division by zero/);
    assert.deepEqual((await stands()).releases, before.releases);
  });
});
