import assert from "node:assert/strict";
import { z } from "zod";
import { openWorld, type World } from "./world.ts";

const statusSchema = z.object({
  change: z.unknown(),
  secrets: z.record(
    z.string(),
    z.object({ current: z.string(), pending: z.string().nullable(), previous: z.string().nullable() }),
  ),
  rollbackTargets: z.array(z.object({ legal: z.boolean(), why: z.string() })),
});

describe("rotation on the real engine", function () {
  this.timeout(600_000);
  let world: World;
  before(async () => {
    world = await openWorld();
  });
  after(() => world.down());

  const stands = async () => {
    const { stdout, stderr } = await world.runbook("status", "--stack", "staging", "--json");
    assert.notEqual(stdout, "", stderr);
    return statusSchema.parse(JSON.parse(stdout));
  };

  it("REDIS_URL under load: nothing is lost, the old one is refused, and a plain update changes nothing afterwards", async () => {
    const load = await world.load("staging");
    const rotated = await world.runbook("rotate", "REDIS_URL", "--stack", "staging", "--wait");
    const { sent, failed, lostSessions, lostWebSockets, errors } = await load.stop();
    assert.equal(rotated.code, 0, rotated.stdout + rotated.stderr);
    assert.ok(sent > 500, `${sent} requests`);
    assert.deepEqual(
      { failed, lostSessions, lostWebSockets },
      { failed: 0, lostSessions: 0, lostWebSockets: 0 },
      errors.join("\n"),
    );
    assert.match(rotated.stdout, /REDIS_URL g1: a login with it is refused/);
    const { change, secrets, rollbackTargets } = await stands();
    assert.equal(change, null);
    assert.deepEqual(secrets.REDIS_URL, { current: "g2", pending: null, previous: "g1" });
    assert.match(rollbackTargets.find(({ legal }) => !legal)?.why ?? "", /REDIS_URL g1 was revoked in CHG-/);
    const preview = await world.pulumi("preview", "--stack", "staging", "--expect-no-changes");
    assert.equal(preview.code, 0, preview.stdout + preview.stderr);
  });

  it("a version that somebody else made is named and left alone: by the runbook with 2, by a plain update as a warning", async () => {
    const made = await world.runbook("sandbox", "fault", "foreign-version", "AFM_KEY", "--stack", "staging");
    assert.equal(made.code, 0, made.stderr);
    const preview = await world.pulumi("preview", "--stack", "staging", "--expect-no-changes");
    assert.equal(preview.code, 0, preview.stdout + preview.stderr);
    assert.match(
      preview.stdout + preview.stderr,
      /staging\/AFM_KEY: version \S+ \(AWSCURRENT\) was made by somebody else/,
    );
    const refused = await world.runbook("rotate", "AFM_KEY", "--stack", "staging");
    assert.equal(refused.code, 2, refused.stdout);
    assert.match(refused.stderr, /AFM_KEY/);
  });
});
