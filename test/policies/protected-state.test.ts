import assert from "node:assert/strict";
import { protectedState } from "../../policies/protected-state.ts";
import { bucket, configMap, having, kmsKey, replicationGroup, secretEntry } from "./fixture.ts";
import { judge, UNKNOWN_INPUT } from "./judging.ts";

const LOSSES = [
  { fixture: kmsKey, lost: "everything that it encrypts" },
  { fixture: replicationGroup, lost: "every session" },
  { fixture: bucket, lost: "the records and the backups" },
  { fixture: secretEntry, lost: "every generation of the secret" },
];

describe("policy protected-state", () => {
  for (const { fixture, lost } of LOSSES) {
    it(`wants ${fixture.type} protected`, async () => {
      assert.deepEqual(await judge(protectedState, fixture), []);
      assert.deepEqual(await judge(protectedState, { ...fixture, protect: false }), [
        `options.protect is false: set it to true, ${lost} would be lost with this resource`,
      ]);
    });
  }

  it("has no say on what can be made again", async () => {
    assert.equal(await judge(protectedState, configMap), "not applicable");
  });

  it("sees the option whatever a preview doesn't know", async () => {
    const unknown = having({ ...bucket, protect: false }, ["bucket"], UNKNOWN_INPUT);
    assert.equal((await judge(protectedState, unknown)).length, 1);
  });
});
