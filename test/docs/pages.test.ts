import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "mocha";
import { parse } from "yaml";
import { configurationPage } from "../../verification/configuration/page.ts";

const ROOT = join(import.meta.dirname, "../..");
const PAGES = ["README.md", ...globSync("docs/*.md", { cwd: ROOT })];
const LINK = /\[[^\]]*\]\(([^)\s]+)\)/g;
/** The README is read in one go: the rest are pages of their own. */
const README_LINES = 120;

const textOf = (page: string): string => readFileSync(join(ROOT, page), "utf8");

/** A heading's anchor, as GitHub makes it. */
function anchorOf(heading: string): string {
  const plain = heading.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, "");
  return plain.trim().replaceAll(" ", "-");
}

function anchorsOf(page: string): string[] {
  return [...textOf(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) => anchorOf(heading));
}

describe("the README and the pages of docs", () => {
  for (const page of PAGES) {
    it(`${page}: every link leads somewhere`, () => {
      const links = [...textOf(page).matchAll(LINK)].map(([, target = ""]) => target);
      const ours = links.filter((target) => !/^[a-z]+:/.test(target));
      const dead = ours.filter((target) => {
        const [path = "", anchor] = target.split("#");
        const file = path === "" ? page : join(dirname(page), path);
        if (!existsSync(join(ROOT, file))) return true;
        return anchor !== undefined && !anchorsOf(file).includes(anchor);
      });
      assert.deepEqual(dead, []);
    });
  }

  it("lead from the README to every page", () => {
    const linked = [...textOf("README.md").matchAll(LINK)].map(([, target = ""]) => target.split("#")[0]);
    assert.deepEqual(
      PAGES.filter((page) => page !== "README.md" && !linked.includes(page)),
      [],
    );
  });

  it(`begin with a README of ${README_LINES} lines at most`, () => {
    assert.ok(textOf("README.md").split("\n").length <= README_LINES);
  });

  it("say of every setting what the schema says: `npm run configuration` was run", () => {
    assert.equal(textOf("docs/configuration.md"), configurationPage(parse(textOf("Pulumi.yaml"))));
  });
});
