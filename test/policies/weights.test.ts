import assert from "node:assert/strict";
import fc from "fast-check";
import { keyedHeader, RELEASE_HEADER } from "../../infra/domain/release-header.ts";
import { noSecretsInClear } from "../../policies/no-secrets-in-clear.ts";
import { RELEASE_HEADER as OWN_HEADER } from "../../policies/reading/types.ts";
import { weights } from "../../policies/weights.ts";
import { having, lacking, route } from "./fixture.ts";
import { judge, UNKNOWN_INPUT } from "./judging.ts";

const SHARED = ["spec", "rules", 2, "backendRefs"] as const;

describe("policy weights", () => {
  it("looks for the header that the program writes", async () => {
    const at = (place: number) => ["spec", "rules", place, "matches", 0, "headers", 0, "name"] as const;
    const written = having(having(route, at(0), RELEASE_HEADER), at(1), RELEASE_HEADER);
    assert.deepEqual(await judge(weights, written), []);
    const other = having(having(route, at(0), `${RELEASE_HEADER}-2`), at(1), `${RELEASE_HEADER}-2`);
    assert.equal((await judge(weights, other)).length, 2);
    assert.equal(OWN_HEADER, RELEASE_HEADER);
  });

  it("passes a compliant route", async () => {
    assert.deepEqual(await judge(weights, route), []);
  });

  it("refuses weights that don't sum to 100", async () => {
    const broken = having(having(route, [...SHARED, 0, "weight"], 60), [...SHARED, 1, "weight"], 60);
    assert.deepEqual(await judge(weights, broken), [
      "spec.rules[2].backendRefs have weights that sum to 120: make it 100",
    ]);
  });

  it("holds for any integers: content exactly when they sum to 100", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 100 }), async (first, drift) => {
        const second = drift % 2 === 0 ? 100 - first : drift;
        const any = having(having(route, [...SHARED, 0, "weight"], first), [...SHARED, 1, "weight"], second);
        assert.equal((await judge(weights, any)).length === 0, first + second === 100);
      }),
    );
  });

  it("refuses weights that are missing, broken or out of range, all at once", async () => {
    const broken = having(lacking(route, [...SHARED, 0, "weight"]), [...SHARED, 1, "weight"], 2.5);
    assert.deepEqual(await judge(weights, broken), [
      "spec.rules[2].backendRefs[0].weight is missing: give it an integer from 0 to 100",
      "spec.rules[2].backendRefs[1].weight is 2.5: give it an integer from 0 to 100",
    ]);
    assert.deepEqual(await judge(weights, having(route, [...SHARED, 1, "weight"], 101)), [
      "spec.rules[2].backendRefs[1].weight is 101: give it an integer from 0 to 100",
    ]);
    assert.deepEqual(await judge(weights, having(route, [...SHARED, 1, "weight"], -1)), [
      "spec.rules[2].backendRefs[1].weight is -1: give it an integer from 0 to 100",
    ]);
  });

  it("refuses a release that its header doesn't reach", async () => {
    const problem =
      'spec.rules[1].backendRefs[1].name is "app-r2", which no rule with a match on x-runbooks-release leads to: add one, so that it can be tested at weight 0';
    assert.deepEqual(await judge(weights, lacking(route, ["spec", "rules", 1])), [problem]);
    const elsewhere = having(route, ["spec", "rules", 1, "backendRefs", 0, "name"], "app-r1");
    assert.deepEqual(await judge(weights, elsewhere), [problem.replace("rules[1]", "rules[2]")]);
  });

  describe("where only a key names a release", () => {
    const byWeight = {
      matches: [{ headers: [{ type: "Exact", name: "x-runbooks-release", value: keyedHeader(null, "key") }] }],
      backendRefs: [
        { name: "app-r1", weight: 95 },
        { name: "app-r2", weight: 5 },
      ],
    };
    const keyed = having(route, ["spec", "rules", 3], byWeight);
    const at = ["spec", "rules", 3, "backendRefs"] as const;

    it("passes a route whose measured rule shares out as users' does", async () => {
      assert.deepEqual(await judge(weights, keyed), []);
    });

    it("refuses one that measures other weights than users have", async () => {
      const problem =
        "spec.rules[3].backendRefs split traffic differently from spec.rules[2].backendRefs: give both the same backends and weights";
      assert.deepEqual(await judge(weights, having(keyed, [...at, 0, "weight"], 100)), [problem]);
      assert.deepEqual(await judge(weights, lacking(keyed, [...at, 1])), [problem]);
    });

    it("doesn't take the measured rule for a way to each release", async () => {
      const [problem] = await judge(weights, lacking(keyed, ["spec", "rules", 1]));
      assert.match(problem ?? "", /"app-r2", which no rule with a match on x-runbooks-release leads to/);
    });

    it("waits for values that a preview doesn't know", async () => {
      const value = ["spec", "rules", 3, "matches", 0, "headers", 0, "value"] as const;
      assert.deepEqual(await judge(weights, having(keyed, value, UNKNOWN_INPUT)), []);
    });

    it("has no secret in clear", async () => {
      assert.deepEqual(await judge(noSecretsInClear, keyed), []);
    });
  });

  it("refuses a route that shares nothing out, or twice", async () => {
    assert.deepEqual(await judge(weights, lacking(route, ["spec", "rules", 2])), [
      "spec.rules has no rule without a header match: add one that splits the traffic",
    ]);
    assert.deepEqual(await judge(weights, lacking(route, ["spec", "rules", 0, "matches"])), [
      "spec.rules has 2 rules without a header match: keep one, the others never get traffic",
    ]);
  });

  it("holds a canary to its steps where they are set", async () => {
    const config = { steps: [5, 25, 50, 100] };
    assert.deepEqual(await judge(weights, route, { config }), []);
    const jump = having(having(route, [...SHARED, 0, "weight"], 40), [...SHARED, 1, "weight"], 60);
    assert.deepEqual(await judge(weights, jump), []);
    assert.deepEqual(await judge(weights, jump, { config }), [
      "spec.rules[2].backendRefs[0].weight is 40, which is not a step of the canary: use 5, 25, 50, 100",
      "spec.rules[2].backendRefs[1].weight is 60, which is not a step of the canary: use 5, 25, 50, 100",
    ]);
    assert.deepEqual(await judge(weights, having(route, [...SHARED, 1, "weight"], UNKNOWN_INPUT), { config }), []);
  });

  it("has no say on other resources", async () => {
    assert.equal(await judge(weights, { ...route, type: "kubernetes:core/v1:Service" }), "not applicable");
  });

  it("judges what a preview knows, and only that", async () => {
    assert.deepEqual(await judge(weights, having(route, [...SHARED, 0, "weight"], UNKNOWN_INPUT)), []);
    const tooMuch = having(having(route, [...SHARED, 0, "weight"], UNKNOWN_INPUT), [...SHARED, 1, "weight"], 101);
    assert.equal((await judge(weights, tooMuch)).length, 1);
    const three = having(having(route, [...SHARED, 1, "weight"], 60), [...SHARED, 2], {
      name: "app-r1",
      weight: UNKNOWN_INPUT,
    });
    assert.deepEqual(await judge(weights, three), [
      "spec.rules[2].backendRefs have weights that sum to 155: make it 100",
    ]);
    assert.deepEqual(await judge(weights, having(route, [...SHARED, 1, "name"], UNKNOWN_INPUT)), []);
    assert.deepEqual(await judge(weights, having(route, ["spec", "rules"], UNKNOWN_INPUT)), []);
  });
});
