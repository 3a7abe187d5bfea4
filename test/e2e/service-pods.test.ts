import assert from "node:assert/strict";
import { z } from "zod";
import { resultOf, until } from "./commands.ts";
import { openWorld, type World } from "./world.ts";

const servedSchema = z.object({ service: z.object({ who: z.string() }).nullable() });
const RUN_BY = /is run by the service on staging \(process (\d+) on /;

describe("the service's own stack on the sandbox's cluster, on the real engine", function () {
  this.timeout(900_000);
  let world: World;
  let urls: string[];
  before(async () => {
    world = await openWorld();
  });
  after(() => world.down());

  it("is up with two pods that are ready, with the rights of its Roles alone; once more it changes nothing", async () => {
    for (const _ of ["first", "again"]) {
      const { code, stdout, stderr } = await world.runbook("sandbox", "service");
      assert.equal(code, 0, stdout + stderr);
      const found = [...stdout.matchAll(/^ {2}(http:\S+) \((runbooks-\S+)\)$/gm)];
      const pods = found.map(([, url = ""]) => url).sort();
      urls ??= pods;
      assert.equal(pods.length, 2, stdout);
      assert.deepEqual(pods, urls, "the same pods");
    }
    for (const url of urls) assert.equal((await fetch(new URL("/readyz", url))).status, 200);
  });

  it("runs a deploy that a command opens, and another pod goes on with it where the leading one is killed", async () => {
    const file = await world.settings("staging", { "production-runbooks:runner": "cluster" });
    const settings = ["--stack", "staging", "--config-file", file];
    const release = await world.release("v2", "2026.11.24-2");
    const { code, stdout, stderr } = await world.runbook("deploy", ...settings, "--release", release, "--json");
    assert.equal(code, 75, stdout + stderr);
    const leader = Number(RUN_BY.exec(stderr)?.[1]);
    assert.ok(leader > 0, stderr);
    const change = resultOf(stdout).change ?? "";
    await until("its first update", 120, async () => (await world.status("staging")).change?.step !== null);
    process.kill(leader, "SIGKILL");
    const followed = await world.runbook("resume", ...settings, "--wait", "--json");
    assert.equal(followed.code, 0, followed.stdout + followed.stderr);
    assert.equal(resultOf(followed.stdout).change, change);
    const { releases } = await world.status("staging");
    assert.deepEqual(
      releases.map(({ version, weight }) => [version, weight]),
      [["2026.11.24-2", 100]],
    );
    const status = await world.runbook("status", "--stack", "staging", "--json");
    const { service } = servedSchema.parse(JSON.parse(status.stdout));
    assert.doesNotMatch(service?.who ?? "", new RegExp(`process ${leader} `));
  });
});
