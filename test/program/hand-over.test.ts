import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stateHash, withRelease } from "../../infra/domain/releases.ts";
import { Refusal } from "../../infra/errors.ts";
import { nextState, parseReleaseState, readDesired } from "../../infra/program/hand-over.ts";
import { firstState, manifest, nextRelease } from "../../verification/mocks/release-state.ts";

describe("the hand-over of the desired state", () => {
  const current = firstState();
  const desired = withRelease(current, nextRelease(current, manifest("2")));

  it("keeps what is there where none is handed over", () => {
    assert.equal(nextState(current, undefined), current);
  });

  it("takes the desired state where it started from what is there", () => {
    assert.equal(nextState(current, { from: stateHash(current), to: desired }), desired);
  });

  it("refuses one that started from another state", () => {
    const from = stateHash(desired);
    assert.throws(
      () => nextState(current, { from, to: desired }),
      new Refusal({
        exit: 2,
        problems: [
          `the stack was changed outside this change (a manual \`pulumi up\`?): it started from state ${from.slice(0, 12)}, but the stack is at ${stateHash(current).slice(0, 12)}; look at \`runbook status\` and start again [stack-moved-on]`,
        ],
      }),
    );
  });

  it("knows no state before the first update", () => {
    assert.equal(parseReleaseState(undefined), undefined);
  });

  it("reads the state back from the stack's output", () => {
    assert.deepEqual(parseReleaseState(JSON.parse(JSON.stringify(desired))), desired);
  });

  it("refuses an output that is no release state, naming what is wrong", () => {
    assert.throws(
      () => parseReleaseState({ ...current, route: "everywhere" }),
      /the stack's output releaseState: route: Invalid input: expected object/,
    );
  });

  describe("in a file", () => {
    let room = "";
    before(() => {
      room = mkdtempSync(join(tmpdir(), "hand-over-"));
    });
    after(() => rmSync(room, { recursive: true }));

    it("is read as it was written", () => {
      const file = join(room, "desired.json");
      writeFileSync(file, JSON.stringify({ from: stateHash(current), to: desired }));
      assert.deepEqual(readDesired(file), { from: stateHash(current), to: desired });
    });

    it("is refused where it isn't a state", () => {
      const file = join(room, "other.json");
      writeFileSync(file, JSON.stringify({ from: 7, to: desired }));
      assert.throws(() => readDesired(file), /RUNBOOKS_DESIRED_STATE: from: /);
    });
  });
});
