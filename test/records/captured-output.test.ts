import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { errorOutput, everythingCaptured, output } from "../../infra/records/redaction/captured-output.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const MODULE = new URL("../../infra/records/redaction/captured-output.ts", import.meta.url).href;

/** What a process writes where it leaves at once, as the runner's does. */
function written(script: string): Promise<{ stdout: string; stderr: string; code: unknown }> {
  const text = `import { everythingCaptured, errorOutput, output } from ${JSON.stringify(MODULE)};\n${script}`;
  return new Promise((resolve) => {
    execFile(process.execPath, ["--input-type=module", "--eval", text], (error, stdout, stderr) =>
      resolve({ stdout, stderr, code: error?.code ?? 0 }),
    );
  });
}

describe("what the runner writes", () => {
  it("is kept by place, for a rotation to look for secrets in, and goes where it went, in its order", async () => {
    const { stdout, stderr, code } = await written(`
      output.write("one ü\\n");
      errorOutput.write("two\\n");
      output.write("three\\n");
      process.stdout.write(JSON.stringify(everythingCaptured()));
      process.exit(3);
    `);
    assert.equal(code, 3);
    assert.equal(stderr, "two\n");
    const kept = [
      { place: "the runner's own output", text: "one ü\nthree\n" },
      { place: "the runner's own errors", text: "two\n" },
    ];
    assert.equal(stdout, `one ü\nthree\n${JSON.stringify(kept)}`);
  });

  it("loses nothing of a long text where the process leaves right behind it", async () => {
    const { stdout } = await written(`output.write("x".repeat(300_000) + "end\\n"); process.exitCode = 0;`);
    assert.equal(stdout.length, 300_004);
  });

  it("leaves the streams of the process as they are", () => {
    const before = [process.stdout.write, process.stderr.write];
    output.write("");
    errorOutput.write("");
    assert.deepEqual([process.stdout.write, process.stderr.write], before);
    assert.equal(output.isTTY, process.stdout.isTTY === true);
    assert.equal(output.columns, process.stdout.columns);
    assert.ok(everythingCaptured().length >= 2);
  });

  it("goes through these two streams alone, in all of infra", () => {
    const past = globSync("infra/**/*.ts", { cwd: ROOT }).filter((file) => {
      const own = readFileSync(`${ROOT}${file}`, "utf8").replace(/String\.raw`[^`]*`/g, "");
      return /process\.(stdout|stderr)|console\.(log|info|warn|error)\(/.test(own);
    });
    assert.deepEqual(past, ["infra/records/redaction/captured-output.ts"]);
  });
});
