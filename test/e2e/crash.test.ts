import assert from "node:assert/strict";
import { differences } from "../../verification/crash/end.ts";
import { tell } from "../../verification/crash/matrix.ts";
import { type Point, pointText } from "../../verification/crash/points.ts";
import { TALES } from "../../verification/crash/tales.ts";

const point = { gate: null, delay: 0, victim: "runner" } as const;

/** The short form of `npm run test:crash`: one kill in each update of a deploy, each kind of victim, and one at each moment of a write. */
const POINTS: readonly Point[] = [
  { ...point, step: "migrate", type: "engine-started", moment: "during", delay: 1_500, victim: "runner and engine" },
  { ...point, step: "release", type: "updating", moment: "torn" },
  { ...point, step: "release", type: "engine-started", moment: "during", delay: 2_200, victim: "runner" },
  { ...point, step: "release", type: "gate", gate: "readiness", moment: "before" },
  { ...point, step: "shift", type: "engine-started", moment: "during", delay: 900, victim: "engine" },
  { ...point, step: "finish", type: "step-started", moment: "after" },
  { ...point, step: "finish", type: "engine-started", moment: "during", delay: 2_500, victim: "runner and engine" },
];

describe("a deploy that is killed in each of its updates, in a gate and in writes", function () {
  this.timeout(600_000);

  it("ends with the stack, the database and the record of one that isn't", async () => {
    const deploy = TALES.find(({ name }) => name === "deploy");
    assert.ok(deploy);
    const whole = await tell(deploy, []);
    const killed = await tell(deploy, POINTS);
    assert.deepEqual(killed.struck.map(pointText), POINTS.map(pointText));
    assert.ok(whole.end.database.length > 0 && whole.end.stack.length > 50);
    assert.deepEqual([whole.end.orphans, killed.end.orphans], [[], []]);
    assert.deepEqual(differences(killed.end, whole.end), []);
  });
});
