import assert from "node:assert/strict";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { claimKey } from "../../infra/records/bucket-claims.ts";
import { claim } from "../../infra/records/file-claims.ts";
import { type Claim, heldNow, isFree, SILENT_FOR, sightOf, thisProcess } from "../../infra/records/lease.ts";
import { countedBucket } from "../../verification/bench/growth/counted-bucket.ts";

const NOW = Date.parse("2026-11-22T12:00:00Z");

function claimRenewed(ago: number, state: Claim["state"] = "held"): Claim {
  const at = new Date(NOW - ago).toISOString();
  const holder = { host: "ci-1", pid: 7, startTime: "boot/100", change: null, at };
  return { holder, renewedAt: at, state };
}

describe("a lease", () => {
  it("is free once released, whoever held it", () => {
    for (const sight of ["alive", "dead", "elsewhere"] as const) {
      assert.equal(isFree(claimRenewed(0, "released"), sight, NOW), true);
    }
  });

  it("is kept by a living process however long, and lost by a dead one at once", () => {
    assert.equal(isFree(claimRenewed(10 * SILENT_FOR), "alive", NOW), false);
    assert.equal(isFree(claimRenewed(0), "dead", NOW), true);
  });

  it("is kept by another machine while that shows itself", () => {
    assert.equal(isFree(claimRenewed(SILENT_FOR), "elsewhere", NOW), false);
    assert.equal(isFree(claimRenewed(SILENT_FOR + 1), "elsewhere", NOW), true);
  });

  it("sees a process of this machine by its start time, not by its number alone", async () => {
    const holder = thisProcess(null);
    assert.equal(sightOf(heldNow(holder)), "alive");
    assert.equal(sightOf(heldNow({ ...holder, startTime: "boot/1" })), "dead");
    assert.equal(sightOf(heldNow({ ...holder, host: "elsewhere" })), "elsewhere");
  });
});

describe("a lease whose release can't be written", () => {
  const refuses = () => Promise.reject(new Error("the store is away"));

  it("is free for the process that let go of it, in a folder", async () => {
    const root = await mkdtemp(join(tmpdir(), "lease-"));
    const folder = join(root, "staging");
    const first = await claim(folder, thisProcess(null));
    assert.ok(first.held);
    assert.equal((await claim(folder, thisProcess(null))).held, false, "held while it isn't let go of");
    await rename(folder, `${folder}.away`);
    await writeFile(folder, "");
    await first.release();
    await rm(folder);
    await rename(`${folder}.away`, folder);
    const second = await claim(folder, thisProcess(null));
    assert.ok(second.held);
    assert.equal((await claim(folder, thisProcess(null))).held, false);
    await second.release();
    await rm(root, { recursive: true });
  });

  it("is free for the process that let go of it, in a bucket, also where the claim itself got no answer", async () => {
    const { bucket } = countedBucket();
    const first = await claimKey(bucket, "staging.json", thisProcess(null));
    assert.ok(first.held);
    const { put } = bucket;
    bucket.put = refuses;
    await first.release();
    bucket.put = async (...asked) => {
      await put(...asked);
      return refuses();
    };
    await assert.rejects(claimKey(bucket, "staging.json", thisProcess(null)), /away/);
    bucket.put = put;
    const second = await claimKey(bucket, "staging.json", thisProcess(null));
    assert.ok(second.held);
    assert.equal((await claimKey(bucket, "staging.json", thisProcess(null))).held, false);
    await second.release();
  });

  it("is had by one of many who ask at once in one process", async () => {
    const { bucket } = countedBucket();
    const root = await mkdtemp(join(tmpdir(), "lease-"));
    for (const ask of [
      () => claimKey(bucket, "staging.json", thisProcess(null)),
      () => claim(root, thisProcess(null)),
    ]) {
      const leases = await Promise.all(Array.from({ length: 8 }, ask));
      assert.equal(leases.filter(({ held }) => held).length, 1);
      for (const lease of leases) if (lease.held) await lease.release();
    }
    await rm(root, { recursive: true });
  });
});
