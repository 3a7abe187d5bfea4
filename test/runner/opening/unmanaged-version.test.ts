import assert from "node:assert/strict";
import { unmanagedInWords } from "../../../infra/domain/unmanaged-versions.ts";
import { EXIT, Refusal } from "../../../infra/errors.ts";
import { mustBeOurs } from "../../../infra/runner/opening/prepare-rotation.ts";
import type { Outcome } from "../../../infra/stack/stack.ts";
import { firstState } from "../../../verification/mocks/release-state.ts";

const done = (...warnings: string[]): Outcome => ({ kind: "done", seconds: 1, changes: {}, warnings });
const { secrets } = firstState();
const unmanaged = unmanagedInWords("shop/staging/AFM_KEY", secrets.AFM_KEY, {
  secret: "AFM_KEY",
  version: "v-1",
  labels: ["AWSCURRENT"],
});

describe("a version of a secret that somebody else has made", () => {
  it("keeps that secret from being rotated, and no other", () => {
    assert.throws(
      () => mustBeOurs(done("by the way", unmanaged), "AFM_KEY"),
      /AFM_KEY: version v-1 .*was made outside this program/,
    );
    mustBeOurs(done(unmanaged), "REDIS_URL");
    mustBeOurs(done(), "AFM_KEY");
  });

  it("is known by its code, whatever the words are", () => {
    assert.throws(() => mustBeOurs(done("other words [unmanaged-version AFM_KEY]"), "AFM_KEY"), /other words/);
    mustBeOurs(done("AFM_KEY was made by somebody else"), "AFM_KEY");
  });

  for (const [kind, exit] of [
    ["failed", EXIT.refused],
    ["interrupted", EXIT.refused],
    ["moved", EXIT.busy],
    ["policy", EXIT.policy],
  ] as const) {
    it(`may be there where the preview is ${kind}: nothing is begun, and why is said`, () => {
      assert.throws(
        () => mustBeOurs({ kind, problems: ["no access"] }, "AFM_KEY"),
        (error) =>
          error instanceof Refusal &&
          error.exit === exit &&
          /no access\nAFM_KEY: so it isn't known whether /.test(error.message),
      );
    });
  }
});
