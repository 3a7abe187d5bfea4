import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Draft } from "../../infra/records/events.ts";
import { heldNow, isFree, sightOf, thisProcess } from "../../infra/records/lease.ts";
import { openStore } from "../../infra/records/open-store.ts";
import { createRedactor } from "../../infra/records/redaction/redact.ts";
import { bucketStore } from "../../infra/records/s3-store.ts";
import type { RecordStore } from "../../infra/records/store.ts";
import { countedBucket } from "../../verification/bench/growth/counted-bucket.ts";

const DAY = new Date("2026-11-22T09:00:00Z");
const note = (text: string): Draft => ({ at: "2026-11-22T10:00:00.000Z", step: null, type: "note", data: { text } });

async function inFolder(work: (store: RecordStore) => Promise<void>): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), "news-"));
  try {
    await work(await openStore(pathToFileURL(root).href, { secrets: [] }));
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

const inBucket = (work: (store: RecordStore) => Promise<void>): Promise<void> =>
  work(bucketStore("s3://counted/", countedBucket().bucket, createRedactor([])));

for (const [where, within] of [
  ["a folder", inFolder],
  ["a bucket", inBucket],
] as const) {
  describe(`the news of a stack in ${where}`, () => {
    it("are another mark with each change that is opened and each time somebody says so, for that stack alone", () =>
      within(async (store) => {
        assert.equal(await store.newsMark("staging"), null);
        await store.open("staging", DAY, {});
        const first = await store.newsMark("staging");
        assert.notEqual(first, null);
        await store.markNews("staging");
        assert.notEqual(await store.newsMark("staging"), first);
        assert.equal(await store.newsMark("production"), null);
      }));

    it("are no changes themselves", () =>
      within(async (store) => {
        const change = await store.open("staging", DAY, {});
        await store.markNews("staging");
        await store.markNews("production");
        assert.deepEqual([await store.list(), await store.ofStack("production")], [[change], []]);
      }));

    it("are read on from an event, each once", () =>
      within(async (store) => {
        const change = await store.open("staging", DAY, {});
        await store.append(change, 2, note("two"));
        await store.append(change, 3, note("three"));
        const seqs = async (after: number) => (await store.readAfter(change, after)).map(({ seq }) => seq);
        assert.deepEqual([await seqs(0), await seqs(1), await seqs(3)], [[1, 2, 3], [2, 3], []]);
      }));
  });
}

describe("a service that looks each second", () => {
  it("asks a bucket for one object, whatever stands there, and for none of the events that it has", async () => {
    const { bucket, requests } = countedBucket();
    const store = bucketStore("s3://counted/", bucket, createRedactor([]));
    const change = await store.open("staging", DAY, {});
    for (let seq = 2; seq < 100; seq += 1) await store.append(change, seq, note(String(seq)));
    const before = { ...requests };
    await store.newsMark("staging");
    assert.deepEqual([requests.get - before.get, requests.list - before.list], [1, 0]);
    await store.readAfter(change, 99);
    assert.deepEqual([requests.get - before.get, requests.list - before.list], [1, 1]);
  });
});

describe("a lease whose holder ran on another machine", () => {
  it("is free once its holder is known to have ended, and else by its silence alone", () => {
    const claim = heldNow({ ...thisProcess(null), host: "runbooks-7d9f5c-bbbbb" });
    assert.equal(isFree(claim, sightOf(claim), Date.now()), false);
    assert.equal(
      isFree(
        claim,
        sightOf(claim, ({ host }) => host === claim.holder.host),
        Date.now(),
      ),
      true,
    );
    assert.equal(
      isFree(
        claim,
        sightOf(claim, () => false),
        Date.now(),
      ),
      false,
    );
  });

  it("isn't free on this machine while its holder lives, whatever else is said", () => {
    const own = heldNow(thisProcess(null));
    assert.equal(
      isFree(
        own,
        sightOf(own, () => true),
        Date.now(),
      ),
      false,
    );
  });
});
