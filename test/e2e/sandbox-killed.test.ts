import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as immediate } from "node:timers/promises";
import { isAlive } from "../../sandbox/cloud/processes.ts";
import { pathsIn, readReady } from "../../sandbox/cloud/state.ts";
import { down } from "../../sandbox/commands/down.ts";
import { up } from "../../sandbox/commands/up.ts";

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
      lines.some((line) => line.includes("ended what an earlier sandbox had left")),
      lines.join("\n"),
    );
    assert.deepEqual(left.filter(isAlive), []);
    assert.notEqual(readReady(paths)?.pid, first.pid);
  });
});
