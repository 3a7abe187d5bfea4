import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EXIT, Refusal } from "../../infra/errors.ts";
import type { Bucket } from "../../infra/records/bucket.ts";
import { claimKey } from "../../infra/records/bucket-claims.ts";
import { claim } from "../../infra/records/file-claims.ts";
import { heldNow, SILENT_FOR, thisProcess } from "../../infra/records/lease.ts";

const isBusy = (error: unknown) =>
  error instanceof Refusal && error.exit === EXIT.busy && /no claim/.test(error.message);

describe("a claim that can't be read", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "claims-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it("is held while it is young, whatever stands in it, and free once it is as old as a silent holder's", async () => {
    const holder = thisProcess(null);
    const file = join(folder, "1.json");
    const newer = JSON.stringify({ ...heldNow(holder), until: "a field that this program doesn't know" });
    for (const text of ["", "{", newer]) {
      await writeFile(file, text);
      await assert.rejects(claim(folder, holder), isBusy, text);
    }
    const old = new Date(Date.now() - SILENT_FOR - 1_000);
    await utimes(file, old, old);
    const got = await claim(folder, holder);
    assert.ok(got.held);
    await got.release();
  });

  it("is an error where it is no file", async () => {
    await mkdir(join(folder, "1.json"));
    await assert.rejects(claim(folder, thisProcess(null)), { code: "EISDIR" });
  });

  it("is not written over in a bucket", async () => {
    const puts: string[] = [];
    const bucket: Bucket = {
      place: "s3://records/",
      get: async () => ({ text: "{}", etag: "1" }),
      put: async (key) => {
        puts.push(key);
        return "2";
      },
      has: async () => true,
      keys: async () => [],
      folders: async () => [],
    };
    await assert.rejects(claimKey(bucket, ".leases/production.json", thisProcess(null)), isBusy);
    assert.deepEqual(puts, []);
  });
});
