import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { z } from "zod";

const ROOT = join(import.meta.dirname, "../..");
const LISTING = pathToFileURL(join(import.meta.dirname, "loaded.mjs")).href;

describe("the command's start", () => {
  it("loads neither the engine's SDK nor the cluster's client, which take longer than all the rest", async () => {
    const args = ["--import", LISTING, join(ROOT, "bin/runbook.ts"), "rollback", "--help"];
    const { stderr } = await promisify(execFile)(process.execPath, args);
    const packages = z.array(z.string()).parse(JSON.parse(stderr));
    assert.ok(packages.includes("commander"));
    const heavy = (name: string): boolean => name.startsWith("@pulumi/") || name === "@kubernetes/client-node";
    assert.deepEqual(packages.filter(heavy), []);
  });
});
