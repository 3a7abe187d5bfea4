import assert from "node:assert/strict";
import { tableOf } from "../../verification/real/table.ts";
import { differing, type Row, wrongWith } from "../../verification/scenarios/play.ts";
import type { Scenario } from "../../verification/scenarios/scenario.ts";

const scenario: Scenario = {
  name: "s",
  title: "t",
  stages: [],
  on: ["stand-ins", "real parts"],
  play: async () => ({}),
};
const holds = (exit: number) => ({ outcome: "holds", seconds: 1, seen: { exit } }) as const;

describe("what the scenarios come to", () => {
  it("is wrong where one fails or both parts show something else", () => {
    assert.deepEqual(differing({ a: 1, b: [1, 2] }, { a: 1, b: [1, 2] }), []);
    assert.deepEqual(differing({ a: 1 }, { b: 1 }), ["a: 1 and undefined", "b: undefined and 1"]);
    const alike: Row = { scenario, played: { "stand-ins": holds(0), "real parts": holds(0) } };
    assert.deepEqual(wrongWith(alike), []);
    const other: Row = { scenario, played: { "stand-ins": holds(0), "real parts": holds(1) } };
    assert.deepEqual(wrongWith(other), ["they differ: exit: 0 and 1"]);
    const failed: Row = { scenario, played: { "real parts": { outcome: "fails", seconds: 1, why: "lost" } } };
    assert.deepEqual(wrongWith(failed), ["on real parts: lost"]);
  });

  it("is a table of scenarios by parts", () => {
    const rows: Row[] = [
      { scenario, played: { "stand-ins": holds(0), "real parts": holds(0) } },
      { scenario, played: { "stand-ins": { outcome: "left out" }, "real parts": holds(0) } },
    ];
    assert.equal(
      tableOf(rows),
      "scenario  stand-ins    real parts   seen alike\ns         holds (1 s)  holds (1 s)  yes\ns         no stand-in  holds (1 s)  -",
    );
  });
});
