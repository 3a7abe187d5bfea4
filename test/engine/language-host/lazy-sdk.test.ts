import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const ROOT = join(import.meta.dirname, "../../..");
const HOOK = pathToFileURL(join(ROOT, "sandbox/engine/language-host/lazy-sdk.ts")).href;

/** What a script prints that is run as a program is, from the project's folder. */
const printed = (...lines: string[]): string[] => {
  const args = ["--import", HOOK, "--input-type=module", "--eval", lines.join("\n")];
  return execFileSync(process.execPath, args, { cwd: ROOT, encoding: "utf8", stdio: "pipe" }).trimEnd().split("\n");
};
const LOADED = `
  import { createRequire } from "node:module";
  const { cache } = createRequire(process.cwd() + "/package.json");
  const real = /^\\/.*\\/(typescript\\/lib\\/typescript|@npmcli\\/arborist\\/lib\\/index)\\.js$/;
  const loaded = () => Object.keys(cache).filter((path) => real.test(path)).length;`;

describe("the SDK as the language host loads it", function () {
  this.timeout(60_000);

  it("comes without the compiler and npm's arborist, which nothing here needs", () => {
    assert.deepEqual(printed(LOADED, 'await import("@pulumi/pulumi");', "console.log(loaded());"), ["0"]);
    assert.deepEqual(printed(LOADED, 'await import("@pulumi/policy");', "console.log(loaded());"), ["0"]);
  });

  it("turns functions into text all the same, with the compiler that it then loads", () => {
    const [text, count] = printed(
      LOADED,
      'const { runtime } = await import("@pulumi/pulumi");',
      "const five = 5;",
      "const { text } = await runtime.serializeFunction(() => five + 1);",
      "console.log(JSON.stringify(text)); console.log(loaded());",
    );
    assert.match(text ?? "", /five \+ 1/);
    assert.ok(Number(count) > 0);
  });

  it("leaves a program its own import of the compiler", () => {
    const lines = ['import ts from "typescript";', "console.log(typeof ts.createProgram);"];
    assert.deepEqual(printed(...lines), ["function"]);
  });
});
