import assert from "node:assert/strict";
import type { Removal } from "../../infra/stack/removal.ts";
import type { TeardownPlan } from "../../infra/teardown/plan.ts";
import { takeDown } from "../../infra/teardown/take-down.ts";

const plan = (parts: Partial<TeardownPlan>): TeardownPlan => ({
  goes: [],
  stays: [],
  kept: [],
  protected: [],
  saves: 0,
  costs: [],
  ...parts,
});

/** A stack that notes what is done to it, and fails at one step. */
function noted(failing: string | null) {
  const done: string[] = [];
  const step = async (name: string): Promise<void> => {
    done.push(name);
    if (name === failing) throw new Error(`${name} failed`);
  };
  const removal: Removal = {
    exported: async () => ({}),
    unprotect: (urns) => step(`unprotect ${urns.join(",")}`),
    destroy: (kept) => step(`destroy but ${kept.join(",")}`),
    forget: () => step("forget"),
  };
  return { done, removal };
}

describe("taking a stack down, step by step", () => {
  it("drops what is kept from the state only once everything else has gone", async () => {
    const { done, removal } = noted(null);
    await takeDown(removal, plan({ protected: ["store"], kept: ["bucket", "key"] }), () => undefined);
    assert.deepEqual(done, ["unprotect store", "destroy but bucket,key", "forget"]);
  });

  it("keeps in the state what couldn't be destroyed", async () => {
    const { done, removal } = noted("destroy but bucket");
    await assert.rejects(
      takeDown(removal, plan({ kept: ["bucket"] }), () => undefined),
      /failed/,
    );
    assert.ok(!done.includes("forget"));
  });

  it("forgets nothing of a stack that keeps nothing", async () => {
    const { done, removal } = noted(null);
    await takeDown(removal, plan({}), () => undefined);
    assert.deepEqual(done, ["unprotect ", "destroy but "]);
  });
});
