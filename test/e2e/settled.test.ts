import assert from "node:assert/strict";
import { z } from "zod";
import { type ReleaseState, releaseStateSchema, stateHash } from "../../infra/domain/releases.ts";
import { lostNothing, until } from "./commands.ts";
import { openWorld, pulumi, type World } from "./world.ts";

const outputsSchema = z.object({ releaseState: releaseStateSchema });
const resourceSchema = z.object({ type: z.string(), inputs: z.record(z.string(), z.unknown()).optional() });
const exportSchema = z.object({ deployment: z.object({ resources: z.array(resourceSchema) }) });
const hiddenSchema = z.object({ ciphertext: z.string() });

/** The provider normalises what it is given, so a program that is right on its first update may be wrong on its second. */
describe("a plain `pulumi up` where nothing was changed, on the real engine", function () {
  this.timeout(600_000);
  let world: World;
  before(async () => {
    world = await openWorld();
  });
  after(async () => {
    await world?.down();
  });

  const state = async (): Promise<ReleaseState> => {
    const { stdout } = await world.pulumi("stack", "output", "--json", "--stack", "staging");
    return outputsSchema.parse(JSON.parse(stdout)).releaseState;
  };
  const changesNothing = async (...more: string[]) => {
    const up = await world.pulumi(
      "up",
      "--yes",
      "--skip-preview",
      "--expect-no-changes",
      "--stack",
      "staging",
      ...more,
    );
    assert.equal(up.code, 0, up.stdout + up.stderr);
  };

  it("changes nothing at rest, and keeps what it keeps of the Secrets encrypted", async () => {
    await changesNothing();
    const { stdout } = await world.pulumi("stack", "export", "--stack", "staging");
    const { resources } = exportSchema.parse(JSON.parse(stdout)).deployment;
    const secrets = resources.filter(({ type }) => type === "kubernetes:core/v1:Secret");
    assert.ok(secrets.length > 0);
    for (const { inputs } of secrets) {
      assert.equal(inputs?.stringData, undefined, "the provider keeps data alone");
      hiddenSchema.parse(inputs?.data);
    }
  });

  it("keeps the DATABASE_URL of a release that is there: a changed one reaches the next release", async () => {
    const changed = await world.settings("staging", {});
    const another = "postgresql://app:another@db.staging-project.supabase.co:5432/postgres";
    const to = ["--stack", "staging", "--config-file", changed];
    const set = await world.pulumi("config", "set", "--secret", "databaseUrl", another, ...to);
    assert.equal(set.code, 0, set.stderr);
    await changesNothing("--config-file", changed);
  });

  it("loses no request, session or WebSocket where a changed setting rolls the pods of a running release", async () => {
    const changed = await world.settings("staging", { "production-runbooks:application": { cpu: "101m" } });
    const before = (await world.stacks()).staging.pods.map(({ name }) => name);
    const load = await world.load("staging");
    const up = await world.pulumi("up", "--yes", "--skip-preview", "--stack", "staging", "--config-file", changed);
    // The last old pod has left, and everybody has sent some more.
    await until("the old pods' end", 60, async () => {
      const { pods } = (await world.stacks()).staging;
      return pods.length === before.length && !pods.some(({ name }) => before.includes(name));
    });
    const met = await load.stop();
    assert.equal(up.code, 0, up.stdout + up.stderr);
    lostNothing(met, 400);
    const back = await world.pulumi("up", "--yes", "--skip-preview", "--stack", "staging");
    assert.equal(back.code, 0, back.stdout + back.stderr);
  });

  it("changes nothing while a change waits for the end of its soak, nor in the middle of a canary", async () => {
    const release = await world.release("v2", "2026.11.23-1");
    const deployed = await world.runbook("deploy", "--stack", "staging", "--release", release);
    assert.equal(deployed.code, 75, deployed.stdout + deployed.stderr);
    await changesNothing();
    const soaking = await state();
    const shared = { ...soaking, releases: soaking.releases.map((one) => ({ ...one, weight: 50 })) };
    assert.equal(shared.releases.length, 2);
    const handOver = async (from: ReleaseState, to: ReleaseState) => {
      const file = await world.file("desired.json", JSON.stringify({ from: stateHash(from), to }));
      const env = { ...world.env, RUNBOOKS_DESIRED_STATE: file };
      const { code, stdout, stderr } = await pulumi(["up", "--yes", "--skip-preview", "--stack", "staging"], env);
      assert.equal(code, 0, stdout + stderr);
    };
    await handOver(soaking, shared);
    await changesNothing();
    await handOver(shared, soaking);
    const aborted = await world.runbook("abort", "--stack", "staging", "--yes");
    assert.equal(aborted.code, 0, aborted.stdout + aborted.stderr);
  });

  it("changes nothing in the middle of a rotation", async () => {
    const rotated = await world.runbook("rotate", "AFM_KEY", "--stack", "staging", "--yes", "--reason", "a test");
    assert.equal(rotated.code, 75, rotated.stdout + rotated.stderr);
    await changesNothing();
  });
});
