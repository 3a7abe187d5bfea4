import assert from "node:assert/strict";
import {
  engineAddress,
  type ProgramRun,
  runnerArguments,
  unsupportedOption,
} from "../../../sandbox/engine/language-host/arguments.ts";
import { lockedDependencies } from "../../../sandbox/engine/language-host/dependencies.ts";
import { environmentOf } from "../../../sandbox/engine/language-host/policy-pack.ts";
import { endingOf } from "../../../sandbox/engine/language-host/program.ts";

const RUN: ProgramRun = {
  monitor: "127.0.0.1:1",
  engine: "127.0.0.1:2",
  organization: "organization",
  project: "p",
  rootDirectory: "/root",
  stack: "s",
  pwd: "/project/infra",
  dryRun: "preview",
  parallel: 16,
  program: "index.ts",
  args: [],
};

describe("the language host's arguments", () => {
  it("finds the engine's address behind flags", () => {
    assert.equal(engineAddress(["-v=3", "--tracing=x", "127.0.0.1:7"]), "127.0.0.1:7");
    assert.throws(() => engineAddress(["-v=3"]), /started by the Pulumi CLI/);
  });

  it("passes a run on to the SDK's runner, the program last", () => {
    assert.deepEqual(runnerArguments({ ...RUN, args: ["x"] }), [
      "--monitor=127.0.0.1:1",
      "--engine=127.0.0.1:2",
      "--organization=organization",
      "--project=p",
      "--root-directory=/root",
      "--stack=s",
      "--pwd=/project/infra",
      "--parallel=16",
      "--dry-run",
      "index.ts",
      "x",
    ]);
  });

  it("leaves out what the engine didn't say", () => {
    const args = runnerArguments({ ...RUN, organization: "", rootDirectory: "", parallel: 0, dryRun: "apply" });
    assert.deepEqual(args, [
      "--monitor=127.0.0.1:1",
      "--engine=127.0.0.1:2",
      "--project=p",
      "--stack=s",
      "--pwd=/project/infra",
      "index.ts",
    ]);
  });

  it("takes typescript: false, and names the options it can't honour", () => {
    assert.equal(unsupportedOption({}), undefined);
    assert.equal(unsupportedOption({ typescript: false }), undefined);
    assert.match(unsupportedOption({ typescript: true }) ?? "", /set it to false/);
    assert.match(
      unsupportedOption({ typescript: false, packagemanager: "bun", nodeargs: "-x" }) ?? "",
      /packagemanager, nodeargs/,
    );
  });
});

describe("the end of a program", () => {
  it("is done, an error shown already, or an error to show", () => {
    assert.equal(endingOf(0, null), "done");
    assert.deepEqual(endingOf(32, null), { bail: true });
    assert.deepEqual(endingOf(1, null), { error: "Program exited with code 1" });
    assert.deepEqual(endingOf(null, "SIGKILL"), { error: "Program was ended by SIGKILL" });
  });
});

describe("what the engine sends", () => {
  it("is an environment whose values may hold equals signs and whose last line counts", () => {
    assert.deepEqual(environmentOf(["A=1", "B=x=y", "C=", "A=2"]), { A: "2", B: "x=y", C: "" });
  });

  it("is answered with the installed packages, nested and development ones left out", () => {
    const packages = {
      "": { version: "1.0.0" },
      "node_modules/zod": { version: "4.0.0" },
      "node_modules/@a/b": { version: "2.0.0" },
      "node_modules/@a/b/node_modules/zod": { version: "3.0.0" },
      "node_modules/mocha": { version: "12.0.0", dev: true },
    };
    assert.deepEqual(lockedDependencies(JSON.stringify({ packages })), [
      { name: "zod", version: "4.0.0" },
      { name: "@a/b", version: "2.0.0" },
    ]);
  });
});
