import assert from "node:assert/strict";
import { FAULT_CASES } from "../../verification/faults/cases.ts";
import { alarmsRing, play } from "../../verification/faults/replay.ts";
import { openWorld, type World } from "./world.ts";

describe("a database incident in the sandbox", function () {
  this.timeout(900_000);
  let world: World;
  before(async () => {
    world = await openWorld(["staging"]);
  });
  after(() => world.down());

  it("names Redis, restarts nothing while it is down, recovers, and leaves an alarm that rings on replay", async () => {
    const [down] = FAULT_CASES;
    assert.ok(down !== undefined);
    const outcome = await play(world, down);
    assert.deepEqual(outcome.wrong, []);
    assert.deepEqual(await alarmsRing(world, down), []);
  });
});
