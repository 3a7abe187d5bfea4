import assert from "node:assert/strict";
import fc from "fast-check";
import { resourceOf } from "../../infra/domain/urn.ts";
import { credentialsIn } from "../../infra/stack/credentials.ts";
import { halfwayIn, pendingIn, resourcesIn } from "../../infra/stack/pending.ts";
import { deployedIn as leftIn } from "../../infra/teardown/deployed.ts";

describe("a resource's URN", () => {
  it("is read with any parents and any name, `::` in it too", () => {
    const type = fc.stringMatching(/^[a-z]{1,8}:[a-z]{1,8}\/[a-z]{1,8}:[A-Z][a-z]{1,8}$/);
    const name = fc.string({ minLength: 1 }).filter((text) => !text.includes("$"));
    fc.assert(
      fc.property(fc.array(type, { maxLength: 3 }), type, name, (parents, own, named) => {
        const urn = `urn:pulumi:production::production-runbooks::${[...parents, own].join("$")}::${named}`;
        assert.deepEqual(resourceOf(urn), { type: own, name: named });
      }),
    );
  });

  it("is shown as it is where it is none", () => {
    assert.deepEqual(resourceOf("app-r1"), { type: "", name: "app-r1" });
  });
});

describe("what a stack exports", () => {
  it("is empty for every reader where the stack has had no update: its list of resources is missing, or null", () => {
    for (const deployment of [
      {},
      { resources: null },
      { resources: null, pending_operations: null },
      { resources: [] },
    ]) {
      const printed = { version: 3, deployment };
      const text = JSON.stringify(printed);
      assert.deepEqual([resourcesIn(printed), leftIn(printed), halfwayIn(printed, ["a:b/c:D"])], [[], [], []]);
      assert.deepEqual(pendingIn(printed), { root: null, adopted: [], unknown: [] });
      assert.deepEqual(credentialsIn(text), { SUPABASE_KEY: {}, SESSION_SECRET: {}, AFM_KEY: {}, REDIS_URL: {} });
    }
  });
});
