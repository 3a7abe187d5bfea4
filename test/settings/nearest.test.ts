import assert from "node:assert/strict";
import fc from "fast-check";
import { z } from "zod";
import { editDistance, knownPaths, nearestPath } from "../../infra/domain/nearest.ts";

const word = fc.string({ maxLength: 8 });

describe("the edit distance", () => {
  it("counts single letters put in, taken out and changed", () => {
    assert.equal(editDistance("kitten", "sitting"), 3);
    assert.equal(editDistance("", "soak"), 4);
    assert.equal(editDistance("stpes", "steps"), 2);
  });

  it("is a metric", () => {
    fc.assert(
      fc.property(word, word, word, (a, b, c) => {
        assert.equal(editDistance(a, b) === 0, a === b);
        assert.equal(editDistance(a, b), editDistance(b, a));
        assert.ok(editDistance(a, c) <= editDistance(a, b) + editDistance(b, c));
      }),
    );
  });
});

describe("the nearest known path", () => {
  const schema = z.strictObject({
    soak: z.string(),
    canary: z.strictObject({ steps: z.array(z.int()), checks: z.string().optional() }).optional(),
    list: z.array(z.strictObject({ first: z.string() })),
    source: z.discriminatedUnion("kind", [
      z.strictObject({ kind: z.literal("a"), port: z.int() }),
      z.strictObject({ kind: z.literal("b"), url: z.string() }),
    ]),
  });
  const known = knownPaths(schema);

  it("is looked for in groups, optional ones, lists and unions", () => {
    assert.deepEqual(
      known.map((path) => path.join(".")),
      [
        "soak",
        "canary",
        "canary.steps",
        "canary.checks",
        "list",
        "list.first",
        "source",
        "source.kind",
        "source.port",
        "source.kind",
        "source.url",
      ],
    );
  });

  it("is a sibling where one is like it, with the list's index kept", () => {
    assert.deepEqual(nearestPath(["list", 3, "frist"], known), ["list", 3, "first"]);
    assert.deepEqual(nearestPath(["Soak"], known), ["soak"]);
  });

  it("is a like-named key elsewhere where no sibling is", () => {
    assert.deepEqual(nearestPath(["checks"], known), ["canary", "checks"]);
    assert.deepEqual(nearestPath(["canary", "url"], known), ["source", "url"]);
  });
});
