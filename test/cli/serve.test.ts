import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { program, type Ran, ROOT } from "../e2e/world.ts";

const serve = (...args: string[]): Promise<Ran> =>
  program(process.execPath, [join(ROOT, "bin/runbook.ts"), "serve", ...args], {
    RUNBOOKS_BOARD_PROXY_SECRET: undefined,
  });

describe("runbook serve, wrongly called", function () {
  this.timeout(30_000);

  it("says all that is wrong at once, with 2", async () => {
    const { code, stderr } = await serve(
      "--stack",
      "staging",
      "--stack",
      "staging",
      "--stack",
      "a,b",
      "--listen",
      "8080",
    );
    assert.equal(code, 2);
    assert.match(stderr, /--stack: staging is named twice/);
    assert.match(stderr, /--stack: "a,b" is no stack's name/);
    assert.match(stderr, /--listen: "8080" isn't understood: write HOST:PORT/);
    const none = await serve();
    assert.equal(none.code, 2);
    assert.match(none.stderr, /--stack <name>.* is missing.*\n.*for example: runbook serve --stack staging/);
  });

  it("refuses where no stack that is named has a file here", async () => {
    const { code, stderr } = await serve("--stack", "nowhere", "--stack", "elsewhere");
    assert.equal(code, 2);
    assert.match(stderr, /there is no Pulumi\.nowhere\.yaml or Pulumi\.elsewhere\.yaml in/);
  });

  it("ends with 0 when it is asked to, though no stack can be read, and logs JSON alone", async () => {
    const room = await mkdtemp(join(tmpdir(), "serve-"));
    try {
      const { spawn } = await import("node:child_process");
      const env = { ...process.env, PULUMI_BACKEND_URL: `file://${room}`, PULUMI_CONFIG_PASSPHRASE: "none" };
      const args = [join(ROOT, "bin/runbook.ts"), "serve", "--stack", "staging", "--listen", "127.0.0.1:0"];
      const child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: ["ignore", "pipe", "pipe"] });
      let said = "";
      const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
      await new Promise<void>((resolve) => {
        child.stdout.setEncoding("utf8").on("data", (text: string) => {
          said += text;
          if (/can't be run/.test(said)) resolve();
        });
      });
      const [, url = ""] = /listening at (http:[^"]+)/.exec(said) ?? [];
      assert.equal((await fetch(`${url}/healthz`)).status, 200);
      const ready = await fetch(`${url}/readyz`);
      assert.equal(ready.status, 503);
      assert.match(await ready.text(), /^staging: /);
      assert.match(await (await fetch(url)).text(), /<html/, "the board is there all the same");
      child.kill("SIGTERM");
      assert.equal(await ended, 0);
      for (const line of said.trim().split("\n")) assert.ok(JSON.parse(line).at);
    } finally {
      await rm(room, { recursive: true, force: true });
    }
  });
});
