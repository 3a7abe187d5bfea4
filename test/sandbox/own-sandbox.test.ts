import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { inOwnSandbox } from "../../sandbox/commands/own-sandbox.ts";

const MODULE = pathToFileURL(join(import.meta.dirname, "../../sandbox/commands/own-sandbox.ts")).href;

/** A command whose work goes on until somebody ends it, or whose sandbox takes as long to come up. */
const PROGRAM = `
import { inOwnSandbox } from ${JSON.stringify(MODULE)};
const forever = setInterval(() => undefined, 1000);
const say = (line) => process.stdout.write(line + "\\n");
const [slow] = process.argv.slice(1);
const waiting = () => new Promise((resolve) => { say("at work"); process.once("SIGINT", resolve); });
const up = async () => { say("up"); if (slow === "up") { await waiting(); throw new Error("cut off"); } };
await inOwnSandbox({ up, down: async () => say("down") }, waiting).catch((error) => say(error.message));
clearInterval(forever);
`;

/** What such a command says when it is ended by Ctrl-C in the middle. */
async function interrupted(slow: "up" | "work"): Promise<string[]> {
  const child = spawn(process.execPath, ["--input-type=module", "--eval", PROGRAM, slow], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
    if (text.includes("at work")) child.kill("SIGINT");
  });
  assert.deepEqual(await once(child, "close"), [0, null]);
  return said.trim().split("\n");
}

describe("a command's own sandbox", () => {
  const logged = () => {
    const log: string[] = [];
    const note = (line: string) => async () => void log.push(line);
    return { log, up: note("up"), down: note("down") };
  };

  it("is taken down after the work, and after work that failed", async () => {
    const { log, up, down } = logged();
    assert.equal(await inOwnSandbox({ up, down }, async () => "done"), "done");
    await assert.rejects(
      inOwnSandbox({ up, down }, () => Promise.reject(new Error("it failed"))),
      /it failed/,
    );
    assert.deepEqual(log, ["up", "down", "up", "down"]);
  });

  it("is left alone where it didn't come up: it may be another run's", async () => {
    const { log, down } = logged();
    const up = () => Promise.reject(new Error("one is up already"));
    await assert.rejects(
      inOwnSandbox({ up, down }, () => Promise.resolve()),
      /up already/,
    );
    assert.deepEqual(log, []);
  });

  it("is taken down after a Ctrl-C, in the middle of the work and on its way up", async () => {
    assert.deepEqual(await interrupted("work"), ["up", "at work", "down", "interrupted"]);
    assert.deepEqual(await interrupted("up"), ["up", "at work", "down", "cut off"]);
  });

  it("is taken down where nobody reads any more what the command prints", async () => {
    const program = `
      import { inOwnSandbox } from ${JSON.stringify(MODULE)};
      const tell = () => process.stdout.write("at work\\n");
      const telling = setInterval(tell, 10);
      const down = async () => process.stderr.write("down");
      await inOwnSandbox({ up: async () => tell(), down }, () => new Promise(() => undefined)).catch(() => undefined);
      clearInterval(telling);
    `;
    const child = spawn(process.execPath, ["--input-type=module", "--eval", program]);
    const ended = once(child, "close");
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
    child.stdout.once("data", () => child.stdout.destroy());
    await ended;
    assert.equal(said, "down");
  });
});
