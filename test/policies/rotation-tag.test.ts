import assert from "node:assert/strict";
import { rotationTag } from "../../policies/rotation-tag.ts";
import { configMap, having, lacking, secretEntry } from "./fixture.ts";
import { judge, UNKNOWN_INPUT } from "./judging.ts";

const TAG = ["tags", "runbooks:rotate-by"] as const;
const MEND = "set it to the day by which the secret must be rotated, as YYYY-MM-DD";

describe("policy rotation-tag", () => {
  it("passes an entry that names a day, whether it has come or not", async () => {
    for (const day of ["2020-02-29", "2026-11-18", "9999-12-31"]) {
      assert.deepEqual(await judge(rotationTag, having(secretEntry, TAG, day)), [], day);
    }
    assert.equal(await judge(rotationTag, configMap), "not applicable");
  });

  it("refuses an entry that names none", async () => {
    const problem = `tags["runbooks:rotate-by"] is missing: ${MEND}`;
    assert.deepEqual(await judge(rotationTag, lacking(secretEntry, TAG)), [problem]);
    assert.deepEqual(await judge(rotationTag, lacking(secretEntry, ["tags"])), [problem]);
  });

  it("refuses what is no day of the calendar", async () => {
    const wrong = [
      "",
      "soon",
      "2026-11-31",
      "2025-02-29",
      "2026-13-01",
      "18.11.2026",
      "2026-11-18T00:00:00Z",
      "+010000-01-01",
    ];
    for (const day of wrong) {
      assert.deepEqual(await judge(rotationTag, having(secretEntry, TAG, day)), [
        `tags["runbooks:rotate-by"] is ${JSON.stringify(day)}: ${MEND}`,
      ]);
    }
  });

  it("waits for what a preview doesn't know", async () => {
    assert.deepEqual(await judge(rotationTag, having(secretEntry, TAG, UNKNOWN_INPUT)), []);
    assert.deepEqual(await judge(rotationTag, having(secretEntry, ["tags"], UNKNOWN_INPUT)), []);
  });
});
