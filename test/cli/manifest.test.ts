import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { changedFiles, headOf, isOutsideRepository, knownCommit } from "../../infra/clients/git.ts";

const IMAGE = `registry.example.com/app@sha256:${"a".repeat(64)}`;
const MIGRATION =
  "-- phase: expand\n-- reversible: yes\n-- Up Migration\ncreate table t (id int);\n-- Down Migration\ndrop table t;\n";

interface Left {
  code: number;
  stdout: string;
  stderr: string;
}

describe("runbook manifest", function () {
  this.timeout(60_000);
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "manifest-"));
    mkdirSync(join(folder, "migrations"));
    writeFileSync(join(folder, "migrations", "0001_t.sql"), MIGRATION);
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const manifest = (args: string[], variables: NodeJS.ProcessEnv = {}): Promise<Left> => {
    const { GITHUB_SHA: _, CI_COMMIT_SHA: __, ...inherited } = process.env;
    const command = ["bin/runbook.ts", "manifest", "--image", IMAGE, "--version", "1", ...args];
    return new Promise((resolve) => {
      execFile(process.execPath, command, { env: { ...inherited, ...variables } }, (error, stdout, stderr) =>
        resolve({ code: typeof error?.code === "number" ? error.code : error === null ? 0 : -1, stdout, stderr }),
      );
    });
  };

  it("says git's own words where git refuses, and only outside a repository that there is none", async () => {
    const outside = await manifest(["--migrations", join(folder, "migrations")], { GIT_CEILING_DIRECTORIES: tmpdir() });
    assert.equal(outside.code, 0, outside.stderr);
    assert.match(outside.stderr, /is not in a git repository/);
    execFileSync("git", ["init", "-q", folder]);
    const empty = await manifest(["--migrations", join(folder, "migrations")]);
    assert.equal(empty.code, 2);
    assert.match(
      empty.stderr,
      /git can't tell it .*(unknown revision|ambiguous argument 'HEAD').*fix that, or give --commit/,
    );
    // What git's own tests set to stand for a folder of somebody else's.
    const foreign = await manifest(["--migrations", join(folder, "migrations")], {
      GIT_TEST_ASSUME_DIFFERENT_OWNER: "1",
    });
    assert.equal(foreign.code, 2);
    assert.match(foreign.stderr, /dubious ownership/);
    assert.doesNotMatch(foreign.stderr, /not in a git repository/);
    await rm(join(folder, ".git"), { recursive: true });
  });

  it("names the folder where TMPDIR can't be written", async () => {
    const { code, stderr } = await manifest(["--migrations", join(folder, "migrations"), "--commit", "4f8cd63"], {
      TMPDIR: "/nonexistent",
    });
    assert.equal(code, 2, stderr);
    assert.match(stderr, /TMPDIR: no folder can be made in \/nonexistent/);
  });

  it("wants to be told that there are no migrations, and then writes none", async () => {
    const none = await manifest(["--commit", "4f8cd63"]);
    assert.equal(none.code, 2);
    assert.match(none.stderr, /--migrations isn't given: name the folder .*, or give --no-migrations/);
    const said = await manifest(["--commit", "4f8cd63", "--no-migrations"]);
    assert.equal(said.code, 0, said.stderr);
    assert.match(said.stdout, /migrations: \[\]/);
  });
});

describe("what git says of a work tree", () => {
  it("names both files of a rename", () => {
    assert.deepEqual(changedFiles(" M a b\0R  new\0old\0?? c\0"), ["a b", "new", "old", "c"]);
    assert.deepEqual(changedFiles(""), []);
  });

  it("is outside a repository only where it says so", async () => {
    const room = await mkdtemp(join(tmpdir(), "no-repository-"));
    await assert.rejects(headOf(room), (error) => isOutsideRepository(error));
    assert.deepEqual(await knownCommit(room), { commit: null, why: null });
    await rm(room, { recursive: true });
  });

  it("names the commit, or why it refuses to: a folder of somebody else's isn't outside a repository", async () => {
    const room = await mkdtemp(join(tmpdir(), "repository-"));
    execFileSync("git", ["init", "-q", room]);
    assert.match((await knownCommit(room)).why ?? "", /unknown revision|ambiguous argument 'HEAD'/);
    process.env.GIT_TEST_ASSUME_DIFFERENT_OWNER = "1";
    try {
      assert.match((await knownCommit(room)).why ?? "", /dubious ownership/);
    } finally {
      delete process.env.GIT_TEST_ASSUME_DIFFERENT_OWNER;
    }
    const { PATH } = process.env;
    process.env.PATH = room;
    try {
      assert.deepEqual(await knownCommit(room), { commit: null, why: null });
    } finally {
      process.env.PATH = PATH;
    }
    await rm(room, { recursive: true });
  });
});
