import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../..");
const FOLDERS = "bin,bootstrap,infra,policies,runner,sandbox,test,tools,verification";
/** What the engine or another program reads, and no file imports; and the workload, whose images' digests are pinned. */
const APART = ["infra/program/index.ts", "bootstrap/index.ts", "runner/index.ts", "sandbox/app/"];

const texts = new Map(
  globSync(`{${FOLDERS}}/**/*.{ts,mts,mjs}`, { cwd: ROOT, exclude: (name) => name.includes("node_modules") }).map(
    (file) => [file, readFileSync(join(ROOT, file), "utf8")] as const,
  ),
);

describe("what a file exports", () => {
  it("is named in another file: functions and constants that none uses are its own", () => {
    const filesWith = new Map<string, number>();
    for (const text of texts.values()) {
      for (const word of new Set(text.match(/[A-Za-z_$][\w$]*/g))) filesWith.set(word, (filesWith.get(word) ?? 0) + 1);
    }
    const unused = [...texts].flatMap(([file, text]) =>
      APART.some((path) => file.startsWith(path))
        ? []
        : [...text.matchAll(/^export (?:async function|function|const) ([A-Za-z_$][\w$]*)/gm)]
            .filter(([, name = ""]) => filesWith.get(name) === 1)
            .map(([, name]) => `${file}: ${name}`),
    );
    assert.ok(texts.size > 500);
    assert.deepEqual(unused, []);
  });
});
