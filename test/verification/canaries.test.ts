import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { CASES } from "../../verification/canaries/cases.ts";
import { tableOf } from "../../verification/canaries/table.ts";
import { toldIn } from "../../verification/canaries/told.ts";

const at = (second: number) => new Date(Date.parse("2026-11-27T12:00:00Z") + second * 1_000).toISOString();
const lines = (...events: object[]) => events.map((event) => JSON.stringify(event)).join("\n");

const MOVED = [
  { type: "opened", at: at(0), step: null },
  { type: "step-started", at: at(10), step: "canary-5" },
  { type: "updated", at: at(20), step: "canary-5" },
];
const BACK = { type: "restored", at: at(40), step: null, reason: null };

describe("what a canary's events tell", () => {
  it("is which gate took it back at which step, and how long that took", () => {
    const gate = { type: "gate", at: at(31), step: "canary-5", gate: "latency", answer: "fail", summary: "slower" };
    const told = toldIn(lines(...MOVED, gate, { type: "failed", at: at(32), reason: "a gate failed" }, BACK), 1);
    assert.deepEqual(told, {
      exit: 1,
      steps: ["canary-5"],
      gate: "latency",
      why: "slower",
      decidedAfter: 11,
      backAfter: 20,
    });
  });

  it("is which gate held it until its time was up", () => {
    const reason = 'the gates of "5 %" still held when their time was up (error-rate: no user has sent a request yet)';
    const told = toldIn(lines(...MOVED, { type: "failed", at: at(35), reason }, BACK), 1);
    assert.deepEqual([told.gate, told.why, told.decidedAfter], ["error-rate", reason, 15]);
  });

  it("is that it has passed", () => {
    const told = toldIn(lines(...MOVED, { type: "step-started", at: at(50), step: "canary-100" }), 0);
    assert.deepEqual([told.steps, told.gate, told.backAfter], [["canary-5", "canary-100"], null, null]);
  });
});

describe("the canaries that are played", () => {
  it("are of versions that there are, each under a name of its own", () => {
    const versions = readdirSync(join(import.meta.dirname, "../../sandbox/app/versions"));
    for (const { version } of CASES) assert.ok(versions.includes(version), version);
    assert.equal(new Set(CASES.map(({ name }) => name)).size, CASES.length);
  });

  it("stand in a table that says where one went wrong", () => {
    const [one] = CASES;
    assert.ok(one);
    const told = toldIn(lines(...MOVED), 0);
    const table = tableOf([{ case: one, told, users: { requests: 12, failed: 3 }, wrong: ["it passed"] }]);
    assert.match(table, /^canary +what is wrong +expected .*\nno-users .* passes: WRONG +5 % +12 +3 +- +-$/);
  });
});
