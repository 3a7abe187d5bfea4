import assert from "node:assert/strict";
import { stringify } from "yaml";
import { parseManifest } from "../../infra/cli/manifest-file.ts";
import { migrationProblems } from "../../infra/domain/manifest.ts";
import { Refusal } from "../../infra/errors.ts";
import { manifest, migration } from "../../verification/mocks/release-state.ts";

function problemsOf(text: string): string[] {
  try {
    parseManifest(text, "release.yaml");
  } catch (error) {
    assert.ok(error instanceof Refusal);
    assert.equal(error.exit, 2);
    return error.problems;
  }
  return assert.fail("the manifest was taken");
}

describe("the release manifest", () => {
  it("is read from YAML and from JSON", () => {
    const good = manifest("1");
    assert.deepEqual(parseManifest(stringify(good), "release.yaml"), good);
    assert.deepEqual(parseManifest(JSON.stringify(good), "release.json"), good);
  });

  it("refuses a tag instead of a digest, and says all that is wrong at once", () => {
    const problems = problemsOf(
      stringify({ ...manifest("1"), image: "registry.example.com/app:latest", commit: "main" }),
    );
    assert.deepEqual(problems, [
      'release.yaml: image: "registry.example.com/app:latest" is not pinned by digest: a tag can move, so write NAME@sha256:<64 hexadecimal digits>',
      `release.yaml: commit is "main": must be a commit's hash, 7 to 64 hexadecimal digits`,
    ]);
  });

  it("refuses a migration that is listed twice", () => {
    const twice = manifest("1", { migrations: [migration("0001_init"), migration("0002_b"), migration("0001_init")] });
    assert.deepEqual(problemsOf(stringify(twice)), [
      'release.yaml: migrations[2].id: "0001_init" is already listed at [0]: list each migration once',
    ]);
  });

  it("refuses unknown keys, missing keys and what is no YAML", () => {
    assert.match(problemsOf(stringify({ ...manifest("1"), colour: "blue" })).join(), /colour/);
    assert.match(problemsOf("version: 1\n").join("\n"), /image is missing: write/);
    assert.match(problemsOf("a: [").join(), /not YAML/);
    assert.match(problemsOf("version: 1\n---\nversion: 2\n").join(), /it has 2 YAML documents: keep only the manifest/);
  });
});

describe("migrations against those that are applied", () => {
  const applied = [migration("0001_a"), migration("0002_b")];

  it("takes the applied ones with new ones behind", () => {
    assert.deepEqual(migrationProblems(applied, [...applied, migration("0003_c")]), []);
    assert.deepEqual(migrationProblems([], applied), []);
  });

  it("names a missing one", () => {
    assert.deepEqual(migrationProblems(applied, [migration("0001_a")]), [
      'migrations: "0002_b" is applied in the database but missing from the manifest: add its file back',
    ]);
  });

  it("names reordered ones", () => {
    assert.deepEqual(migrationProblems(applied, [migration("0002_b"), migration("0001_a")]), [
      'migrations[1]: "0001_a" was applied as number 1 but is listed as number 2: keep the applied order, new ones go last',
      'migrations[0]: "0002_b" was applied as number 2 but is listed as number 1: keep the applied order, new ones go last',
    ]);
  });

  it("names one that was put in between", () => {
    const problems = migrationProblems(applied, [migration("0001_a"), migration("0001_b"), migration("0002_b")]);
    assert.match(problems.join(), /"0002_b" was applied as number 2 but is listed as number 3/);
  });

  it("names one whose file has changed", () => {
    const changed = [migration("0001_a"), migration("0002_b", { sha256: "f".repeat(64) })];
    assert.deepEqual(migrationProblems(applied, changed), [
      'migrations[1].sha256: the file of "0002_b" has changed since it was applied (0123456789ab then, ffffffffffff now): restore it and write a new migration instead',
    ]);
  });
});
