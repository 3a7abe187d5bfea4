import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { resultOf } from "./commands.ts";
import { openWorld, type World } from "./world.ts";

/** Passes everything that the gates send, and answers every user's request for the first page with a 500. */
const FAILS_USERS = "v6";

describe("a canary that only users can judge, on the real engine", function () {
  this.timeout(600_000);
  let world: World;
  let stood: unknown;
  before(async () => {
    world = await openWorld();
  });
  after(() => world.down());

  const serving = async () =>
    (await world.status("production")).releases.map(({ id, version, weight }) => ({ id, version, weight }));
  const pageOf = async (stdout: string) => readFile((resultOf(stdout).record ?? "").replace("file://", ""), "utf8");
  const promote = async (...args: string[]) => {
    const { code, stdout, stderr } = await world.runbook(
      ...["promote", "--from", "staging", "--to", "production", "--wait", "--json", ...args],
    );
    assert.equal(code, 1, stdout + stderr);
    // An expanding migration stays: the release before works with it.
    assert.deepEqual(await serving(), stood);
    return { stdout, page: await pageOf(stdout) };
  };

  it("passes on staging without users, judged by our own requests, and the record says so", async () => {
    const release = await world.release(FAILS_USERS, "2026.11.24-6");
    const args = ["deploy", "--stack", "staging", "--release", release, "--wait", "--json"];
    const { code, stdout, stderr } = await world.runbook(...args);
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /no user has sent a request yet: judged by our own requests, of which 0 failed/);
    assert.match(await pageOf(stdout), /judged by our own requests/);
    stood = await serving();
  });

  it("holds without users on production, and goes back when its time is up, for that reason", async () => {
    const settings = await world.settings("production", { "production-runbooks:gates": { timeout: "15s" } });
    const { stdout, page } = await promote("--config-file", settings);
    assert.match(page, /still held when their time was up \(error-rate: no user has sent a request yet/);
    assert.match(stdout, /"step":"canary-5"/);
    assert.doesNotMatch(stdout, /"step":"canary-25"/);
  });

  it("is stopped at its smallest weight where users get errors that no probe meets", async () => {
    const load = await world.load("production");
    const { stdout, page } = await promote();
    const { byRelease } = await load.stop();
    assert.match(page, /error-rate: fails more often than/);
    assert.match(stdout, /"step":"canary-5"/);
    assert.doesNotMatch(stdout, /"step":"canary-25"/);
    assert.ok(Object.values(byRelease).some(({ failed }) => failed > 0));
  });
});
