import assert from "node:assert/strict";
import { parseSettings } from "../../infra/settings/index.ts";
import { settingsWith, validSettings } from "../program/fixtures/settings.ts";
import { problemsIn } from "./problems-in.ts";

const problemsWith = (changes: Record<string, unknown>) => problemsIn(() => parseSettings(settingsWith(changes)));

describe("settings that lack keys", () => {
  it("name each key that isn't there at all", () => {
    const required = Object.keys(validSettings()).filter((key) => problemsWith({ [key]: undefined }).length > 0);
    assert.ok(required.length > 10);
    for (const left of required) {
      const rest = Object.fromEntries(Object.entries(validSettings()).filter(([key]) => key !== left));
      assert.deepEqual(
        problemsIn(() => parseSettings(rest)),
        problemsWith({ [left]: undefined }),
      );
    }
    const missing = problemsIn(() => parseSettings({})).map((problem) => /(\w+) is missing: /.exec(problem)?.[1]);
    assert.deepEqual(missing.sort(), required.sort());
  });
});
