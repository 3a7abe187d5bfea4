import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { program, ROOT } from "./world.ts";

/** A line of each part that only stands there once it has been measured. */
const TOLD = {
  previews: /\| production, 70 resources/,
  steps: /\| the runner's step, judged while/,
  rollback: /\| the last request of the other release/,
  canary: /\| the last request of the bad release/,
  gates: /\| 20 requests\/s, 1 % fail/,
  growth: /\| redacting a line of JSON/,
  service: /heap from day 2 on: .*problems: 0/,
};

describe("the bench, each part once", function () {
  this.timeout(900_000);

  it("runs to its end, and prints every part's figures", async () => {
    const folder = await mkdtemp(join(tmpdir(), "sandbox-"));
    const args = [join(ROOT, "verification/bench/index.ts"), "--short"];
    const { code, stdout, stderr } = await program(process.execPath, args, { RUNBOOKS_DEMO_SANDBOX: folder });
    await rm(folder, { recursive: true, force: true });
    assert.equal(code, 0, stdout + stderr);
    for (const line of Object.values(TOLD)) assert.match(stdout, line);
  });
});
