import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { describe, it } from "mocha";
import { DESCRIBERS } from "../../../infra/reports/render/describe.ts";

const WRITTEN = /journal\.write\(\s*"([a-z-]+)"/g;

describe("an event in words", () => {
  it("is there for every type that the runner writes: none is shown by its bare name", () => {
    const sources = globSync("infra/**/*.ts").map((file) => readFileSync(file, "utf8"));
    const types = new Set(sources.flatMap((text) => [...text.matchAll(WRITTEN)].map(([, type = ""]) => type)));
    assert.ok(types.size > 30, `${types.size} types: the pattern finds too few`);
    assert.deepEqual(
      [...types].filter((type) => !(type in DESCRIBERS)),
      [],
    );
  });
});
