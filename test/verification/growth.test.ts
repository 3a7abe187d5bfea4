import assert from "node:assert/strict";
import { growthOf, growthRow } from "../../verification/bench/growth/figures.ts";

const at = (...values: number[]) => values.map((value, index) => ({ size: 100 ** index, value }));

describe("how a figure of the bench grows", () => {
  it("is told from its sizes, without what is noise", () => {
    assert.equal(growthOf(at(4, 5, 4), 5), "flat");
    assert.equal(growthOf(at(30, 30, 32), 5), "flat");
    assert.equal(growthOf(at(10, 1_000, 100_000), 1), "linear");
    assert.equal(growthOf(at(1, 10_000), 1), "MORE THAN LINEAR");
    assert.equal(growthOf(at(0.05, 5, 500), 5), "linear");
    assert.equal(growthOf(at(50, 500), 5), "less than linear");
  });

  it("stands at the end of its row", () => {
    assert.equal(growthRow("work", "ms", at(1.25, 2), 5), "| work | 1: 1.3 ms | 100: 2.0 ms | flat |");
  });
});
