import assert from "node:assert/strict";
import fc from "fast-check";
import type { ResourceContext, ResourceHandler } from "../../sandbox/cloud/handler.ts";
import { createRandom } from "../../sandbox/cloud/random/index.ts";

const ctx: ResourceContext = {
  urn: "urn",
  type: "t",
  name: "n",
  stack: "staging",
  timeoutSeconds: 0,
  preview: "apply",
};

function typeOf(name: string): ResourceHandler {
  const handler = createRandom().resource(name);
  assert.ok(handler);
  return handler;
}

const countOf = (text: string, kind: RegExp): number => [...text].filter((character) => kind.test(character)).length;

describe("the random provider", () => {
  const password = typeOf("random:index/randomPassword:RandomPassword");

  it("keeps length, kinds and minima of a password", async () => {
    const least = fc.nat({ max: 5 });
    const options = fc.record({ extra: fc.nat({ max: 40 }), minLower: least, minUpper: least, minNumeric: least });
    await fc.assert(
      fc.asyncProperty(options, async ({ extra, minLower, minUpper, minNumeric }) => {
        const length = minLower + minUpper + minNumeric + extra + 1;
        const inputs = { length, special: false, minLower, minUpper, minNumeric };
        assert.deepEqual(password.check(inputs, ctx).failures, []);
        const { outputs, secretOutputs } = await password.create(inputs, ctx);
        const result = String(outputs.result);
        assert.equal(result.length, length);
        assert.match(result, /^[A-Za-z0-9]+$/);
        assert.ok(countOf(result, /[a-z]/) >= minLower);
        assert.ok(countOf(result, /[A-Z]/) >= minUpper);
        assert.ok(countOf(result, /[0-9]/) >= minNumeric);
        assert.deepEqual(secretOutputs, ["result"]);
      }),
    );
  });

  it("refuses a length below the minima, no kind at all, and a property that there isn't", () => {
    const reasons = (inputs: Record<string, string | number | boolean>) =>
      password.check(inputs, ctx).failures.map(({ property }) => property);
    assert.deepEqual(reasons({ length: 3, minLower: 4 }), ["length"]);
    assert.deepEqual(reasons({ length: 8, lower: false, upper: false, numeric: false, special: false }), ["length"]);
    assert.deepEqual(reasons({ length: 8, keeper: "x" }), ["keeper"]);
    assert.deepEqual(reasons({ length: "8" }), ["length"]);
  });

  it("makes a new value when a keeper changes, and never in place", () => {
    const olds = { length: 8, keepers: { generation: "g1" } };
    assert.deepEqual(password.diff(olds, { ...olds }, ctx).changes, "none");
    const changed = password.diff(olds, { length: 8, keepers: { generation: "g2" } }, ctx);
    assert.deepEqual(changed, { changes: "some", replaces: ["keepers"] });
  });

  it("gives one set of bytes in every form of a RandomId", async () => {
    const { id, outputs } = await typeOf("random:index/randomId:RandomId").create({ byteLength: 8, prefix: "p-" }, ctx);
    const bytes = Buffer.from(id, "base64url");
    assert.equal(bytes.length, 8);
    assert.equal(outputs.hex, `p-${bytes.toString("hex")}`);
    assert.equal(outputs.b64Std, `p-${bytes.toString("base64")}`);
    assert.equal(outputs.dec, `p-${BigInt(`0x${bytes.toString("hex")}`)}`);
  });

  it("hides random bytes", async () => {
    const made = await typeOf("random:index/randomBytes:RandomBytes").create({ length: 32 }, ctx);
    assert.equal(Buffer.from(String(made.outputs.base64), "base64").toString("hex"), made.outputs.hex);
    assert.deepEqual(made.secretOutputs, ["base64", "hex"]);
  });
});
