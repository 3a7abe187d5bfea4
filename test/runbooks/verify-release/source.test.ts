import assert from "node:assert/strict";
import type { Repository } from "../../../infra/clients/git.ts";
import type { Line } from "../../../infra/runbooks/verify-release/check.ts";
import { looked } from "../../../infra/runbooks/verify-release/check.ts";
import { judgeLint } from "../../../infra/runbooks/verify-release/migrations.ts";
import {
  judgeChecks,
  judgeImage,
  judgeMigrations,
  judgeRepository,
  judgeStatusFile,
} from "../../../infra/runbooks/verify-release/source.ts";
import { manifest } from "../../../verification/mocks/release-state.ts";

const HEAD = "4f8cd63d581c257f4f8cd63d581c257f4f8cd63d";
const OTHER = "0123456789abcdef0123456789abcdef01234567";
const release = { ...manifest("2"), commit: HEAD.slice(0, 12) };
const clean: Repository = {
  branch: "main",
  head: HEAD,
  root: "/app",
  changed: [],
  remote: "origin",
  remoteUrl: "git@github.com:example/app.git",
  remoteHead: HEAD,
  differing: [],
};
const cut = { branch: "main", manifest: release, file: "/app/release.yaml" };
const broken = (lines: readonly Line[]): string[] => lines.filter((line) => !line.holds).map(({ check }) => check);
const judged = (parts: Partial<Repository>): string[] => broken(judgeRepository({ ...clean, ...parts }, cut));

describe("the source of a release", () => {
  it("is the release branch, clean, up to date with its remote, at the manifest's commit", () => {
    assert.deepEqual(judged({}), []);
    assert.deepEqual(judged({ branch: null }), []);
    assert.deepEqual(judged({ branch: "feature" }), ["release branch"]);
    assert.deepEqual(judged({ changed: ["infra/program/index.ts"] }), ["clean tree"]);
    assert.deepEqual(judged({ remoteHead: OTHER }), ["up to date with its remote"]);
    assert.deepEqual(judged({ remoteHead: null }), ["up to date with its remote"]);
    assert.deepEqual(judged({ branch: null, remoteHead: OTHER }), ["release branch", "up to date with its remote"]);
  });

  it("may hold its manifest in a commit of its own, and nothing else in it", () => {
    const later = (differing: string[] | null) => judged({ head: OTHER, remoteHead: OTHER, differing });
    assert.deepEqual(later(["release.yaml"]), []);
    assert.deepEqual(later(["release.yaml", "main.ts"]), ["manifest's commit"]);
    assert.deepEqual(later(["other/release.yaml"]), ["manifest's commit"]);
    assert.deepEqual(judged({ changed: ["release.yaml"] }), []);
    assert.deepEqual(later(null), ["manifest's commit"]);
  });

  it("has green checks for this very commit, and one at least", () => {
    const answer = (...states: ("passed" | "failed" | "pending")[]) =>
      judgeChecks(
        states.map((state, index) => ({ name: `job-${index}`, state })),
        HEAD,
        ["job-3"],
      ).holds;
    assert.equal(answer("passed", "passed"), true);
    assert.equal(answer(), false);
    assert.equal(answer("passed", "failed"), false);
    assert.equal(answer("passed", "pending"), false);
    assert.equal(answer("passed", "passed", "passed", "pending"), true);
    const green = { commit: HEAD, checks: [{ name: "test", state: "passed" as const }] };
    assert.equal(judgeStatusFile(green, HEAD, []).holds, true);
    assert.equal(judgeStatusFile({ ...green, commit: OTHER }, HEAD, []).holds, false);
  });

  it("has an image that says it was built from this commit", () => {
    const source = "label org.opencontainers.image.revision";
    assert.deepEqual(broken(judgeImage({ revision: HEAD, source }, release)), []);
    assert.deepEqual(broken(judgeImage({ revision: OTHER, source }, release)), ["image built from this commit"]);
    assert.deepEqual(broken(judgeImage({ revision: null, source }, release)), ["image built from this commit"]);
    assert.deepEqual(broken(judgeImage(null, release)), ["image exists", "image built from this commit"]);
  });

  it("has a manifest that is true to its migrations: the same files, hashes and order", () => {
    const migration = (id: string, digit: string) =>
      ({ id, sha256: digit.repeat(64), phase: "expand", reversible: "yes" }) as const;
    const files = [migration("0001_a", "a"), migration("0002_b", "b")];
    assert.equal(judgeMigrations(files, files, "migrations").holds, true);
    assert.match(judgeMigrations([...files].reverse(), files, "migrations").evidence, /their order differs/);
    assert.match(judgeMigrations(files.slice(1), files, "migrations").evidence, /differ in 0001_a/);
    assert.match(judgeMigrations(files, [migration("0001_a", "c"), migration("0002_b", "b")], "m").evidence, /0001_a/);
  });

  it("has migrations without an error of the lint; a warning is told and doesn't keep it back", () => {
    const finding = { file: "0001_a.sql", line: 3, rule: "r", level: "warning", message: "m", remedy: "x" } as const;
    assert.equal(judgeLint([]).holds, true);
    assert.match(judgeLint([finding]).evidence, /1 warnings/);
    const line = judgeLint([finding, { ...finding, level: "error" }]);
    assert.equal(line.holds, false);
    assert.match(line.evidence, /0001_a\.sql:3: error r/);
  });

  it("tells of every line that doesn't hold how to mend it, and of none that does", () => {
    const lines = [
      ...judgeRepository(
        { ...clean, branch: "x", changed: ["a"], remoteHead: null, head: OTHER, differing: null },
        cut,
      ),
      ...judgeImage(null, release),
      ...judgeRepository(clean, cut),
    ];
    for (const { holds, remedy, evidence } of lines) {
      assert.equal(remedy === null, holds);
      assert.notEqual(evidence, "");
    }
  });

  it("doesn't hold where it can't be looked at", async () => {
    const lines = await looked("CI", "set GITHUB_TOKEN", async () => {
      throw new Error("answered 401");
    });
    assert.deepEqual(lines, [
      { check: "CI", holds: false, evidence: "can't be looked at: answered 401", remedy: "set GITHUB_TOKEN" },
    ]);
  });
});
