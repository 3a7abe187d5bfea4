import assert from "node:assert/strict";
import { rotationAge, rotationAgeBy } from "../../policies/rotation-age.ts";
import { configMap, having, lacking, secretEntry } from "./fixture.ts";
import { judge, UNKNOWN_INPUT } from "./judging.ts";

const TAG = ["tags", "runbooks:rotate-by"] as const;
const DAY = "2026-11-18";
const named = having({ ...secretEntry, name: "production/AFM_KEY" }, TAG, DAY);
const at = (time: string) => rotationAgeBy(() => Date.parse(time));

describe("policy rotation-age", () => {
  it("passes an entry until the day has come", async () => {
    assert.deepEqual(await judge(at("2026-11-17T23:59:59.999Z"), named), []);
    assert.equal(await judge(at("2026-11-17T23:59:59.999Z"), configMap), "not applicable");
  });

  it("says from the day's first moment on that the entry is overdue, and what to type", async () => {
    const overdue = `tags["runbooks:rotate-by"] is "${DAY}", and overdue since then: run \`runbook rotate AFM_KEY --stack production\``;
    for (const time of ["2026-11-18T00:00:00.000Z", "2026-11-18T23:59:59.999Z", "2031-01-01T00:00:00.000Z"]) {
      assert.deepEqual(await judge(at(time), named), [overdue], time);
    }
  });

  it("asks the clock each time, which is the machine's own", async () => {
    assert.equal((await judge(rotationAge, having(named, TAG, "2020-01-01"))).length, 1);
    assert.deepEqual(await judge(rotationAge, having(named, TAG, "9999-12-31")), []);
  });

  it("only tells, so that the rotation and a rollback can be made", () => {
    assert.equal(rotationAge.enforcementLevel, "advisory");
  });

  it("leaves an entry without a day to rotation-tag, and waits for what a preview doesn't know", async () => {
    for (const silent of [lacking(named, TAG), having(named, TAG, "2026-11-31"), having(named, TAG, UNKNOWN_INPUT)]) {
      assert.deepEqual(await judge(at("2031-01-01T00:00:00Z"), silent), []);
    }
  });
});
