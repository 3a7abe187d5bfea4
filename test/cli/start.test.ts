import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { z } from "zod";

const ROOT = join(import.meta.dirname, "../..");
const LISTING = pathToFileURL(join(import.meta.dirname, "loaded.mjs")).href;

describe("the command's start", () => {
  const packagesOf = async (command: string): Promise<string[]> => {
    const args = ["--import", LISTING, join(ROOT, "bin/runbook.ts"), command, "--help"];
    const { stderr } = await promisify(execFile)(process.execPath, args);
    const packages = z.array(z.string()).parse(JSON.parse(stderr));
    assert.ok(packages.includes("commander"));
    return packages;
  };

  it("loads neither the engine's SDK nor the cluster's client, which take longer than all the rest", async () => {
    const heavy = (name: string): boolean => name.startsWith("@pulumi/") || name === "@kubernetes/client-node";
    assert.deepEqual((await packagesOf("promote")).filter(heavy), []);
  });

  it("loads no client of anything before a rollback has asked for the stack", async () => {
    const clients = ["undici", "ws", "ioredis", "pg", "yaml"];
    const loaded = await packagesOf("rollback");
    assert.deepEqual(
      clients.filter((name) => loaded.includes(name)),
      [],
    );
  });
});
