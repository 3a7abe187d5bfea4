import assert from "node:assert/strict";
import { Refusal } from "../../infra/errors.ts";

/** The problems that a reading of settings is refused for; none where it isn't. */
export function problemsIn(read: () => unknown): string[] {
  try {
    read();
  } catch (error) {
    assert.ok(error instanceof Refusal, String(error));
    assert.equal(error.exit, 2);
    return error.problems;
  }
  return [];
}
