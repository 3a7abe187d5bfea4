import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as immediate } from "node:timers/promises";
import { isAlive } from "../../sandbox/cloud/processes.ts";
import { pathsIn, readReady } from "../../sandbox/cloud/state.ts";
import { down } from "../../sandbox/commands/down.ts";
import { up } from "../../sandbox/commands/up.ts";

const ROOT = join(import.meta.dirname, "../..");

describe("a sandbox whose daemon was killed", function () {
  this.timeout(120_000);
  let root: string;
  before(async () => {
    root = await mkdtemp(join(tmpdir(), "sandbox-"));
  });
  after(async () => {
    await down({ paths: pathsIn(root) }, () => undefined);
    await rm(root, { recursive: true, force: true });
  });

  it("is cleaned up by the next up, which ends what it had left", async () => {
    const paths = pathsIn(root);
    assert.equal(await up({ paths }, () => undefined), 0);
    const first = readReady(paths);
    assert.ok(first);
    const recorded = readdirSync(paths.processes).map((name): { pid: number; startTime: string } =>
      JSON.parse(readFileSync(join(paths.processes, name), "utf8")),
    );
    process.kill(first.pid, "SIGKILL");
    while (isAlive(first)) await immediate();
    const left = recorded.filter(({ pid }) => pid !== first.pid);
    assert.ok(left.length > 0 && left.some(isAlive), "it had stores of its own");
    const lines: string[] = [];
    assert.equal(await up({ paths }, (line) => lines.push(line)), 0, lines.join("\n"));
    assert.ok(
      lines.some((line) => line.includes("ended what an earlier sandbox left behind")),
      lines.join("\n"),
    );
    assert.deepEqual(left.filter(isAlive), []);
    assert.notEqual(readReady(paths)?.pid, first.pid);
  });
});

describe("a demo whose npm alone is told to end", function () {
  this.timeout(300_000);

  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    it(`takes its sandbox down after ${signal}`, async () => {
      const folder = await mkdtemp(join(tmpdir(), "sandbox-"));
      const npm = spawn("npm", ["run", "demo"], {
        cwd: ROOT,
        env: { ...process.env, RUNBOOKS_DEMO_SANDBOX: folder },
        stdio: ["ignore", "pipe", "inherit"],
      });
      const ended = once(npm, "close");
      let told = "";
      let recorded: { pid: number; startTime: string }[] = [];
      npm.stdout.setEncoding("utf8").on("data", (text: string) => {
        const before = told;
        told += text;
        if (before.includes("Both stacks") || !told.includes("Both stacks")) return;
        const { processes } = pathsIn(folder);
        recorded = readdirSync(processes).map((name) => JSON.parse(readFileSync(join(processes, name), "utf8")));
        npm.kill(signal);
      });
      await ended;
      assert.match(told, /the sandbox is down/);
      assert.ok(recorded.length > 0, told);
      assert.deepEqual(recorded.filter(isAlive), []);
      assert.equal(readReady(pathsIn(folder)), null);
      await rm(folder, { recursive: true, force: true });
    });
  }
});
