import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

describe("a command outside of a checkout", function () {
  this.timeout(60_000);

  it("says where it was looked for the project, and not to make a new one", async () => {
    const room = await mkdtemp(join(tmpdir(), "no-project-"));
    try {
      const env = { ...process.env, PULUMI_BACKEND_URL: `file://${room}`, PULUMI_CONFIG_PASSPHRASE: "" };
      const args = [resolve("bin/runbook.ts"), "status", "--stack", "staging"];
      const { code, stderr } = await new Promise<{ code: unknown; stderr: string }>((done) => {
        execFile(process.execPath, args, { cwd: room, env }, (error, _, told) =>
          done({ code: error?.code, stderr: told }),
        );
      });
      assert.equal(code, 2, stderr);
      assert.match(
        stderr,
        /there is no Pulumi\.yaml in .* or above it: run the command in the checkout of your runbooks/,
      );
      assert.doesNotMatch(stderr, /pulumi new/);
    } finally {
      await rm(room, { recursive: true, force: true });
    }
  });
});
