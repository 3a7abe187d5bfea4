import assert from "node:assert/strict";
import { ownedIn } from "../../verification/crash/end.ts";
import { namespaceIn } from "../../verification/crash/end-state.ts";
import { killedWhen } from "../../verification/crash/killed-when.ts";
import { exported } from "../../verification/crash/sandbox.ts";
import type { LoadStats } from "../../verification/load/load.ts";
import { lostNothing } from "./commands.ts";
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
    const rotation = ["rotate", "AFM_KEY", "--stack", STACK, "--wait", "--yes", "--reason", "the yearly turn"];
    const isDeleting = async () => (await deployments()).some(({ terminating }) => terminating);
    await killedWhen(
      rotation,
      world.env,
      { what: "the release before to be deleted", within: DELETED_WITHIN, holds: isDeleting },
      { program: ROOT, project: ROOT },
    );
    off = await world.runbook("abort", "--stack", STACK, "--reason", "second thoughts");
    met = await load.stop();
  });
  after(() => world.down());

  it("is aborted: the release before serves again, with its pods", async () => {
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
    lostNothing(met, 500);
  });
});
