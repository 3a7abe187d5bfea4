import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const MODULE = pathToFileURL(join(import.meta.dirname, "../../infra/cli/interruption.ts")).href;

/** Says when it is at work and when it is asked to leave; never leaves by itself, and says when the second signal would count. */
const PROGRAM = `
import { onInterruption } from ${JSON.stringify(MODULE)};
setInterval(() => process.listenerCount("SIGINT") === 0 && process.stdout.write("the next one counts\\n"), 50);
onInterruption(() => process.stdout.write("asked to leave\\n"));
process.stdout.write("at work\\n");
`;

describe("an interruption", () => {
  it("is one, however often it comes at once; the next one ends the process", async () => {
    const child = spawn(process.execPath, ["--input-type=module", "--eval", PROGRAM], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = once(child, "close");
    const said: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      if (said.at(-1) === line) continue;
      said.push(line);
      if (line === "the next one counts") child.kill("SIGINT");
      else child.kill(line === "at work" ? "SIGINT" : "SIGTERM");
    }
    assert.deepEqual(said, ["at work", "asked to leave", "the next one counts"]);
    assert.deepEqual(await ended, [null, "SIGINT"]);
  });
});
