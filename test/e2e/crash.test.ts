import assert from "node:assert/strict";
import { differences, tell } from "../../sandbox/crash/matrix.ts";
import type { Point } from "../../sandbox/crash/runner-process.ts";

/** One kill in each update of a deploy, each kind of victim among them: the short form of `npm run test:crash`. */
const POINTS: readonly Point[] = [
  { step: "migrate", type: "engine-started", delay: 1_500, victim: "runner and engine" },
  { step: "release", type: "engine-started", delay: 2_200, victim: "runner" },
  { step: "shift", type: "engine-started", delay: 900, victim: "engine" },
  { step: "finish", type: "engine-started", delay: 2_500, victim: "runner and engine" },
];

describe("a deploy that is killed in each of its updates", function () {
  this.timeout(600_000);

  it("ends with the stack, the database and the record of one that isn't", async () => {
    const deploy = { name: "deploy", stack: "staging" } as const;
    const whole = await tell(deploy, []);
    const killed = await tell(deploy, POINTS);
    assert.equal(killed.points.length, POINTS.length);
    assert.ok(killed.lives >= 4, `${killed.lives} lives`);
    assert.ok(whole.end.database.length > 0 && whole.end.stack.length > 50);
    assert.deepEqual(differences(killed.end, whole.end), []);
  });
});
