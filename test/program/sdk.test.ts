import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import "../../infra/program/sdk.ts";

const ROOT = join(import.meta.dirname, "../..");
const LISTING = pathToFileURL(join(ROOT, "test/cli/loaded.mjs")).href;

const debuggableSchema = z.object({
  debuggablePromise: z.custom<(promise: Promise<unknown>, context: string) => Promise<unknown>>(
    (value) => typeof value === "function",
  ),
});

describe("what the program leaves out of the SDK", () => {
  it("is the stack of each promise", async () => {
    const { debuggablePromise } = debuggableSchema.parse(await import("@pulumi/pulumi/runtime/debuggable.js"));
    const promise = Promise.resolve();
    await debuggablePromise(promise, "a spec");
    assert.equal(Object.getOwnPropertyDescriptor(promise, "_debugStackTrace")?.value, "");
  });

  it("is no stack of an error", () => {
    const [header, frame, ...others] = new TypeError("wrong").stack?.split("\n") ?? [];
    assert.equal(header, "TypeError: wrong");
    assert.match(frame ?? "", /^ {4}at .*sdk\.test\.ts:\d+:\d+\)?$/);
    assert.ok(others.length > 0);
  });
});

describe("the program's start", () => {
  /** Without an engine the program ends at its first question, when all of it is loaded. */
  const packagesOf = (program: string): Promise<string[]> =>
    new Promise((resolve, reject) => {
      execFile(process.execPath, ["--import", LISTING, join(ROOT, program)], (error, _stdout, stderr) => {
        const listed = /\[("[^"]+",?)+\]/.exec(stderr);
        if (error === null || listed === null) reject(new Error(`${program} should ask for the engine: ${stderr}`));
        else resolve(z.array(z.string()).parse(JSON.parse(listed[0])));
      });
    });

  it("loads no client: each takes time in every preview and update", async () => {
    const loaded = await packagesOf("infra/program/index.ts");
    assert.ok(loaded.includes("@pulumi/kubernetes"));
    const clients = ["undici", "ws", "ioredis", "pg", "yaml", "commander", "@kubernetes/client-node"];
    assert.deepEqual(
      clients.filter((name) => loaded.includes(name)),
      [],
    );
  });
});
