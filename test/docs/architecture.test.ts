import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, it } from "mocha";
import { z } from "zod";
import { ROOMS } from "../../verification/architecture/rooms.ts";
import { biomeRules, withDrawing } from "../../verification/architecture/rules.ts";

const ROOT = join(import.meta.dirname, "../..");
const textOf = (file: string): string => readFileSync(join(ROOT, file), "utf8");

/** Whether biome refuses a file that would stand there, by the repository's own rules. */
async function isRefused(file: string, text: string): Promise<boolean> {
  const room = await mkdtemp(join(tmpdir(), "rooms-"));
  try {
    for (const name of ["biome.json", "biome.rooms.json"]) await cp(join(ROOT, name), join(room, name));
    await mkdir(dirname(join(room, file)), { recursive: true });
    await writeFile(join(room, file), text);
    const biome = join(ROOT, "node_modules/@biomejs/biome/bin/biome");
    const ran = spawnSync(process.execPath, [biome, "lint", file], { cwd: room, encoding: "utf8" });
    const refused = ran.stderr.includes("lint/style/noRestrictedImports");
    assert.equal(ran.status, refused ? 1 : 0, ran.stderr);
    return refused;
  } finally {
    await rm(room, { recursive: true });
  }
}

const importing = (path: string): string => `import { it } from "${path}";\n\nexport const again = it;\n`;

describe("who may import whom", function () {
  this.timeout(60_000);

  it("is what the page draws and biome checks: `npm run architecture` was run", () => {
    assert.deepEqual(JSON.parse(textOf("biome.rooms.json")), biomeRules());
    const page = textOf("docs/architecture.md");
    assert.equal(page, withDrawing(page));
  });

  it("speaks of every folder of infra, and of none that isn't there", () => {
    const files = globSync("infra/**/*.{ts,mjs}", { cwd: ROOT });
    const folders = new Set(files.map((file) => (file.split("/")[1] ?? "").replace(".ts", "")));
    const rooms: string[] = ROOMS.map(({ name }) => name);
    assert.deepEqual(rooms.sort(), [...folders].sort());
  });

  for (const [file, path] of [
    ["infra/domain/releases.ts", "../runner/run.ts"],
    ["infra/gates/health.ts", "@pulumi/pulumi"],
    ["infra/runner/run.ts", "../program/index.ts"],
    ["infra/program/index.ts", "../runner/run.ts"],
    ["infra/cli/main.ts", "../../sandbox/commands/index.ts"],
    ["infra/errors.ts", "./domain/releases.ts"],
    ["policies/weights.ts", "../infra/domain/releases.ts"],
    ["tools/launch.mjs", "../sandbox/commands/index.ts"],
  ] as const) {
    it(`refuses that ${file} imports ${path}`, async () => {
      assert.equal(await isRefused(file, importing(path)), true);
    });
  }

  it("lets a folder import one that stands before it", async () => {
    assert.equal(await isRefused("infra/runner/run.ts", importing("../domain/releases.ts")), false);
  });

  it("has a page whose paths are there", () => {
    const paths = [...textOf("docs/architecture.md").matchAll(/`((?:infra|policies|bin|tools|test)\/[\w./-]+)`/g)];
    assert.ok(paths.length > 20);
    assert.deepEqual(
      paths.map(([, path = ""]) => path).filter((path) => !existsSync(join(ROOT, path))),
      [],
    );
  });

  it("names every command of package.json, and none that isn't there", () => {
    const { scripts } = z
      .object({ scripts: z.record(z.string(), z.string()) })
      .parse(JSON.parse(textOf("package.json")));
    const named = [...textOf("docs/architecture.md").matchAll(/npm (?:run ([a-z0-9:]+)|(test))/g)].map(
      ([, run, test = ""]) => run ?? test,
    );
    const known = new Set(Object.keys(scripts));
    assert.deepEqual(
      Object.keys(scripts).filter((name) => !named.includes(name)),
      [],
    );
    assert.deepEqual(
      named.filter((name) => !known.has(name)),
      [],
    );
  });

  it("has the path of one canary step: 20 files, each imported by one before it", () => {
    const [, page = ""] = textOf("docs/architecture.md").split("## One step of a canary, file by file");
    const [steps = ""] = page.split("**Where a weight moves**");
    const path = [...steps.matchAll(/^\d+\. `([^`]+)`/gm)].map(([, file = ""]) => file);
    assert.equal(path.length, 20);
    const before = ["bin/runbook.ts"];
    for (const file of path) {
      const known = before.some((earlier) =>
        [...textOf(earlier).matchAll(/(?:from|import\() ?"(\.[^"]+)"/g)].some(
          ([, to = ""]) => join(dirname(earlier), to) === file,
        ),
      );
      // The engine starts the program; a gate is found by its name.
      assert.ok(known || ["infra/program/index.ts", "infra/gates/error-rate.ts"].includes(file), file);
      before.push(file);
    }
  });
});
