import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { familyOf, processTableNow } from "../../sandbox/cloud/process-table.ts";
import { ownedIn } from "../../verification/crash/end.ts";
import { endProcess } from "../../verification/crash/end-process.ts";
import { namespaceIn } from "../../verification/crash/end-state.ts";
import { exported } from "../../verification/crash/sandbox.ts";
import type { LoadStats } from "../../verification/load/load.ts";
import { until } from "./commands.ts";
import { openWorld, type Ran, ROOT, type World } from "./world.ts";

const STACK = "staging";
const DELETED_WITHIN = 240;

describe("a rotation whose runner and engine are killed while the cluster deletes the release before, on the real engine", function () {
  this.timeout(600_000);
  let world: World;
  let served: string[];
  let off: Ran;
  let met: LoadStats;

  const releases = async () => (await world.status(STACK)).releases.map(({ id }) => id);
  const deployments = async () => {
    const owned = await ownedIn(namespaceIn(await exported(STACK, world.env)), world.env);
    return owned.filter(({ resource }) => resource === "deployments.apps");
  };

  before(async () => {
    world = await openWorld([STACK]);
    served = await releases();
    const load = await world.load(STACK);
    const command = [join(ROOT, "bin/runbook.ts"), "rotate", "AFM_KEY", "--stack", STACK, "--wait", "--yes"];
    const runner = spawn(process.execPath, [...command, "--reason", "the yearly turn"], {
      cwd: ROOT,
      env: { ...process.env, ...world.env },
      stdio: "ignore",
    });
    const ended = once(runner, "close");
    await until("the release before to be deleted", DELETED_WITHIN, async () => {
      assert.equal(runner.exitCode, null, "the rotation has ended");
      return (await deployments()).some(({ terminating }) => terminating);
    });
    for (const { pid } of familyOf(runner.pid ?? 0, processTableNow())) endProcess(pid);
    await ended;
    off = await world.runbook("abort", "--stack", STACK, "--reason", "second thoughts");
    met = await load.stop();
  });
  after(() => world.down());

  it("is called off: the release before is made again, with its pods", async () => {
    assert.equal(off.code, 0, off.stdout + off.stderr);
    assert.deepEqual(await releases(), served);
    for (const { ready, desired } of (await world.status(STACK)).releases) assert.ok(ready >= desired && ready > 0);
    assert.deepEqual(
      (await deployments()).map(({ terminating }) => terminating),
      [false],
    );
    const preview = await world.pulumi("preview", "--stack", STACK, "--expect-no-changes");
    assert.equal(preview.code, 0, preview.stdout + preview.stderr);
  });

  it("has lost no request, no session and no WebSocket", () => {
    const { sent, failed, lostSessions, lostWebSockets, errors } = met;
    assert.ok(sent > 500, `${sent} requests`);
    assert.deepEqual(
      { failed, lostSessions, lostWebSockets },
      { failed: 0, lostSessions: 0, lostWebSockets: 0 },
      errors.join("\n"),
    );
  });
});
