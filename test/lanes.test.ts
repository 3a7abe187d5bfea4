import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { globSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { readOutput, unitsOf } from "./lanes.ts";

const ROOT = join(import.meta.dirname, "..");

describe("the lanes of npm test", () => {
  it("run each file once: what brings a sandbox up alone, everything else together", () => {
    const files = globSync("test/**/*.test.ts", { cwd: ROOT }).sort();
    const units = unitsOf(files);
    assert.deepEqual(units.flatMap((unit) => unit.files).sort(), files);
    assert.deepEqual(
      units.filter((unit) => unit.files.length > 1).map(({ name }) => name),
      ["specs"],
    );
    assert.equal(units[0]?.name, "specs", "the longest first");
    for (const name of ["specs", "every-state", "scenarios"])
      assert.ok(
        units.some((unit) => unit.name === name),
        name,
      );
    assert.equal(new Set(units.map(({ name }) => name)).size, units.length);
  });

  it("count what a process says last, and one that dies or says nothing as a failure", () => {
    assert.deepEqual(readOutput("  ok\n2 passed, 0 failed\n", 0), { passed: 2, failed: 0, told: "  ok" });
    assert.deepEqual(readOutput("2 passed, 3 failed\n", 1), { passed: 2, failed: 3, told: "" });
    assert.deepEqual(readOutput("0 passed, 0 failed\n", 1), { passed: 0, failed: 1, told: "" });
    assert.deepEqual(readOutput("2 passed, 0 failed\nleft open\n", 0), { passed: 2, failed: 0, told: "left open" });
    assert.deepEqual(readOutput("2 passed, 0 failed\n", null), { passed: 2, failed: 1, told: "" });
    assert.deepEqual(readOutput("half a li", null), { passed: 0, failed: 1, told: "half a li" });
    assert.deepEqual(readOutput("", 0), { passed: 0, failed: 1, told: "" });
  });

  /** Runs two lanes in a process of their own, each unit being a script. */
  async function lanesOf(scripts: Record<string, string>) {
    const room = await mkdtemp(join(tmpdir(), "lanes-"));
    const units = Object.entries(scripts).map(([name]) => ({ name, files: [join(room, `${name}.mjs`)] }));
    for (const [name, script] of Object.entries(scripts)) await writeFile(join(room, `${name}.mjs`), script);
    const main = `import { runInLanes } from ${JSON.stringify(pathToFileURL(join(ROOT, "test/lanes.ts")).href)};
      const counted = await runInLanes(${JSON.stringify(units)}, [process.execPath]);
      console.log(JSON.stringify(counted));`;
    await writeFile(join(room, "main.mjs"), main);
    const child = spawn(process.execPath, [join(room, "main.mjs")], { stdio: ["ignore", "pipe", "inherit"] });
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (more: string) => {
      text += more;
    });
    const said = async (words: RegExp): Promise<RegExpExecArray> => {
      for (let found = words.exec(text); ; found = words.exec(text)) {
        if (found !== null) return found;
        await once(child.stdout, "data");
      }
    };
    const ended = new Promise<{ code: number | null; text: string }>((resolve) => {
      child.once("close", (code) => resolve({ code, text }));
    }).finally(() => rm(room, { recursive: true, force: true }));
    return { child, said, ended };
  }

  it("add up, each with its own lane's number, and go on behind one that was killed", async function () {
    this.timeout(60_000);
    const { ended } = await lanesOf({
      one: 'console.log("in lane", process.env.RUNBOOKS_TEST_LANE); console.log("3 passed, 0 failed");',
      two: 'process.kill(process.pid, "SIGKILL");',
      three: 'console.error("what went wrong"); console.log("1 passed, 2 failed"); process.exitCode = 1;',
    });
    const { code, text } = await ended;
    assert.equal(code, 0);
    assert.match(text, /in lane 1\n== one: 3 passed, 0 failed, \d+ s\n/);
    assert.match(text, /ended by SIGKILL\n== two: 0 passed, 1 failed/);
    assert.match(text, /what went wrong\n== three: 1 passed, 2 failed/);
    assert.match(text, /\{"passed":4,"failed":3\}\n$/);
  });

  it("pass a signal on, begin nothing more and leave nobody behind", async function () {
    this.timeout(60_000);
    const waits = 'console.log("1 passed, 0 failed"); setInterval(() => undefined, 1_000);';
    const { child, said, ended } = await lanesOf({ one: waits, two: waits, three: waits });
    await said(/one begins\n== two begins/);
    child.kill("SIGTERM");
    const { code, text } = await ended;
    assert.equal(code, 143);
    assert.match(text, /ended by SIGTERM\n== one: \d passed, 1 failed/);
    assert.doesNotMatch(text, /three/);
  });
});
