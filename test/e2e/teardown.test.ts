import assert from "node:assert/strict";
import { z } from "zod";
import type { Stage } from "../../sandbox/cloud/accounts.ts";
import { until } from "./commands.ts";
import { openWorld, type World } from "./world.ts";

const exportSchema = z.object({
  deployment: z.object({ resources: z.array(z.object({ type: z.string() })).nullish() }),
});
const resultSchema = z.object({
  exit: z.int(),
  stays: z.array(z.object({ what: z.string(), until: z.string().nullable() })),
});

describe("taking a stack down on the real engine", function () {
  this.timeout(900_000);
  let world: World;
  const standing = async (stack: Stage): Promise<string[]> => {
    const { stdout } = await world.pulumi("stack", "export", "--stack", stack);
    const { resources } = exportSchema.parse(JSON.parse(stdout)).deployment;
    return (resources ?? []).map(({ type }) => type);
  };

  before(async () => {
    world = await openWorld();
  });
  after(async () => world?.down());

  it("says what goes and what stays, and changes nothing before somebody has confirmed it", async () => {
    const before = await standing("production");
    const shown = await world.runbook("teardown", "--stack", "production", "--dry-run");
    assert.equal(shown.code, 0, shown.stderr);
    assert.match(shown.stdout, /1\. These lose their protection:\n {2}\S+ \(aws:/);
    assert.match(shown.stdout, /It ends about \d+ dollars a month/);
    assert.match(shown.stdout, /the bucket \S+, with every record and backup in it, until somebody deletes it/);
    const refused = await world.runbook("teardown", "--stack", "production");
    assert.equal(refused.code, 2, refused.stdout);
    assert.match(refused.stderr, /--yes: nobody is at the terminal/);
    assert.deepEqual(await standing("production"), before);
  });

  it("is refused with 4 while a change is under way", async () => {
    const manifest = await world.release("v2", "2026.11.22-2");
    const deploying = world.runbook("deploy", "--stack", "staging", "--release", manifest, "--yes");
    await until("the deploy to hold the stack", 120, async () => (await world.status("staging")).change !== null);
    const refused = await world.runbook("teardown", "--stack", "staging", "--yes");
    assert.equal(refused.code, 4, refused.stdout + refused.stderr);
    assert.match(refused.stderr, /CHG-\S+|another runner is at work/);
    const deployed = await deploying;
    assert.ok([0, 75].includes(deployed.code), deployed.stderr);
    if (deployed.code === 75) assert.equal((await world.runbook("abort", "--stack", "staging", "--yes")).code, 0);
    assert.equal((await world.status("staging")).change, null);
  });

  it("leaves nothing of a trial, which can be brought up again at once", async () => {
    const trial = await world.settings("staging", {
      "production-runbooks:retention": "short",
      "production-runbooks:policies": { level: "advisory" },
    });
    const up = await world.pulumi("up", "--yes", "--skip-preview", "--stack", "staging", "--config-file", trial);
    assert.equal(up.code, 0, up.stdout + up.stderr);
    const gone = await world.runbook("teardown", "--stack", "staging", "--config-file", trial, "--yes", "--json");
    assert.equal(gone.code, 0, gone.stdout + gone.stderr);
    const { exit, stays } = resultSchema.parse(JSON.parse(gone.stdout));
    assert.equal(exit, 0);
    assert.deepEqual(
      stays.map(({ what }) => what.replace(/key \S+,/, "key ...,")),
      ["the KMS key ..., disabled"],
    );
    assert.deepEqual(await standing("staging"), []);
    assert.deepEqual((await world.stacks()).staging.pods, []);
    const again = await world.pulumi("up", "--yes", "--skip-preview", "--stack", "staging", "--config-file", trial);
    assert.equal(again.code, 0, again.stdout + again.stderr);
    assert.equal((await world.status("staging")).releases[0]?.version, "2026.11.22-1");
  });

  it("keeps the locked bucket and its key in the account, and names them", async () => {
    const gone = await world.runbook("teardown", "--stack", "production", "--yes");
    assert.equal(gone.code, 0, gone.stdout + gone.stderr);
    assert.match(gone.stdout, /production is taken down\.\nWhat stays:\n {2}the bucket \S+, with every record/);
    assert.match(gone.stdout, /the KMS key \S+, which the records are encrypted with/);
    assert.equal(gone.stdout.match(/scheduled for deletion: its name is taken, until \d{4}-\d\d-\d\d/g)?.length, 4);
    assert.deepEqual(await standing("production"), []);
    assert.deepEqual((await world.stacks()).production.pods, []);
    const nothing = await world.runbook("teardown", "--stack", "production", "--yes");
    assert.equal(nothing.code, 0, nothing.stderr);
  });
});
