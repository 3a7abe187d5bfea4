import assert from "node:assert/strict";
import { hasDoneNothing } from "../../infra/change/untouched.ts";
import { planOf } from "../../infra/runbooks/index.ts";
import { CHANGE, RUNBOOKS } from "../fixtures/runbooks.ts";

const started = (step: string) => ({ type: "step-started", step });
const UNTOUCHED = { stackTouched: false };

describe("a change that has done nothing", () => {
  for (const [name, input] of Object.entries(RUNBOOKS)) {
    const plan = planOf(CHANGE, input);
    const [first] = plan.steps;
    assert.ok(first);

    it(`${name}: is one whose first step was begun and has neither updated the stack nor a task to do before that`, () => {
      assert.ok(hasDoneNothing(plan, UNTOUCHED, [{ type: "planned", step: null }]));
      const quiet = first.touches !== "nothing" || first.task === null;
      assert.equal(hasDoneNothing(plan, UNTOUCHED, [started(first.name)]), quiet);
      assert.ok(!hasDoneNothing(plan, { stackTouched: true }, [started(first.name)]));
    });
  }

  it("isn't one whose task was begun outside, or that has begun a step which this plan doesn't know", () => {
    const rotation = RUNBOOKS["rotate AFM_KEY"] ?? assert.fail("no rotation");
    assert.ok(!hasDoneNothing(planOf(CHANGE, rotation), UNTOUCHED, [started("mint")]), "a key may have been made");
    assert.ok(!hasDoneNothing({ steps: [] }, UNTOUCHED, [started("release")]));
    assert.ok(hasDoneNothing({ steps: [] }, UNTOUCHED, []));
  });
});
