import assert from "node:assert/strict";
import fc from "fast-check";
import { hasStatement, sectionsOf } from "../../infra/migrations/sections.ts";

const lines = fc.array(fc.constantFrom("select 1;", "-- a remark", "", "  drop table t;"), { maxLength: 6 });

describe("a migration's sections", () => {
  it("keep every statement on its line, in either order", () => {
    fc.assert(
      fc.property(lines, lines, lines, fc.boolean(), (head, ups, downs, upFirst) => {
        const [up, down] = [
          ["-- Up Migration", ...ups],
          ["-- Down Migration", ...downs],
        ];
        const all = [
          ...head.filter((line) => line.startsWith("--")),
          ...(upFirst ? [...up, ...down] : [...down, ...up]),
        ];
        const sections = sectionsOf(all.join("\n"));
        const found = [sections.up, sections.down ?? ""].map((text) => text.split("\n"));
        for (const [index, line] of all.entries()) {
          const here = found.map((section) => section[index] ?? "").filter((text) => text.trim() !== "");
          if (hasStatement(line)) assert.deepEqual(here, [line]);
        }
        assert.equal(hasStatement(sections.up), ups.some(hasStatement));
        assert.equal(hasStatement(sections.down ?? ""), downs.some(hasStatement));
      }),
    );
  });

  it("of a file without markers are all up", () => {
    assert.deepEqual(sectionsOf("select 1;\n"), { up: "select 1;\n", down: null });
  });
});
