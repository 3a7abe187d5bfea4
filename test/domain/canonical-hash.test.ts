import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { canonicalJson, hashOf } from "../../infra/domain/canonical-hash.ts";

/** What the hashes of every record were made with. */
function sortedObject(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedObject);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sortedObject(inner)]),
  );
}

const keys = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.nat().map(String),
  fc.constantFrom("0", "007", "4294967294", "4294967295", "9007199254740993", "-1", "1e3", "__proto__", "constructor"),
);
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    fc.oneof(fc.string({ unit: "grapheme" }), fc.double(), fc.boolean(), fc.constantFrom(null, undefined)),
    fc.array(tie("tree"), { maxLength: 4 }),
    fc.dictionary(keys, tie("tree"), { maxKeys: 6, noNullPrototype: true }),
  ),
}));

describe("the hash of a value", () => {
  it("is the one that records were sealed with, whatever the keys are", () => {
    fc.assert(
      fc.property(
        tree.filter((value) => value !== undefined),
        (value) => {
          const text = JSON.stringify(sortedObject(value));
          assert.equal(canonicalJson(value), text);
          assert.equal(hashOf(value), createHash("sha256").update(text).digest("hex"));
        },
      ),
      { seed: 20261127, numRuns: 2_000 },
    );
  });

  it("doesn't depend on the order of the keys", () => {
    fc.assert(
      fc.property(fc.dictionary(keys, tree, { maxKeys: 6, noNullPrototype: true }), (value) => {
        const entries = Object.entries(value);
        assert.equal(hashOf(Object.fromEntries(entries.reverse())), hashOf(value));
      }),
      { seed: 20261127, numRuns: 500 },
    );
  });
});
