import assert from "node:assert/strict";
import fc from "fast-check";
import type { Bucket } from "../../infra/records/bucket.ts";
import { BUNDLED, bundleEndedBy, putBundle } from "../../infra/records/bundles.ts";
import { type ChangeEvent, type Draft, hashOfEvent, lineOf } from "../../infra/records/events.ts";
import { createRedactor } from "../../infra/records/redaction/redact.ts";
import { bucketStore } from "../../infra/records/s3-store.ts";
import { countedBucket } from "../../verification/bench/growth/counted-bucket.ts";
import { madeRecord, putInBucket } from "../../verification/bench/growth/records.ts";

const NO_REQUESTS = { get: 0, put: 0, list: 0, head: 0 };
const AT = "2026-11-22T10:00:00.000Z";
const draft = (type: string): Draft => ({ at: AT, step: null, type, data: { text: type } });
const storeOn = (bucket: Bucket) => bucketStore("s3://counted", bucket, createRedactor([]));
const idOf = (record: readonly ChangeEvent[]) => record[0]?.change ?? "";

/** A bucket with a record of so many events, the last of them its end, and a store on it. */
function recorded(events: number) {
  const counted = countedBucket();
  const record = madeRecord(0, "staging", events);
  putInBucket(counted.texts, record);
  return { ...counted, record, change: idOf(record), store: storeOn(counted.bucket) };
}

/** A bucket that may not be written, or only outside of some keys. */
function refusing(bucket: Bucket, keys: RegExp): Bucket {
  const put: Bucket["put"] = async (key, text, condition) => {
    if (keys.test(key)) throw new Error("AccessDenied");
    return bucket.put(key, text, condition);
  };
  return { ...bucket, put };
}

describe("a record's bundles in a bucket", function () {
  this.timeout(30_000);

  it("make a closed record of 10,000 events a handful of requests, and what it did a single one", async () => {
    const { store, requests, change, record } = recorded(10_000);
    assert.deepEqual(await store.read(change), record, "an older version's record is bundled by who reads it");
    Object.assign(requests, NO_REQUESTS);
    assert.deepEqual(await store.read(change), record);
    assert.deepEqual(requests, { get: 11, put: 0, list: 2, head: 0 });
    await store.outline(change);
    Object.assign(requests, NO_REQUESTS);
    await store.outline(change);
    assert.deepEqual(requests, { ...NO_REQUESTS, get: 1 });
  });

  it("are put by who writes the record, without reading what that process has put itself", async () => {
    const { bucket, texts, requests } = countedBucket();
    const store = storeOn(bucket);
    const change = await store.open("staging", new Date(AT), {});
    for (let seq = 2; seq <= BUNDLED; seq += 1) {
      if (seq === BUNDLED) Object.assign(requests, NO_REQUESTS);
      await store.append(change, seq, draft("note"));
    }
    assert.equal(requests.get, 2, "the head and the first event, which `open` has put");
    await store.append(change, BUNDLED + 1, draft("gate"));
    await storeOn(bucket).append(change, BUNDLED + 2, draft("closed"));
    assert.deepEqual(
      [...texts.keys()].filter((key) => /bundles|outline/.test(key)).map((key) => key.slice(change.length + 1)),
      ["bundles/000001-001000.jsonl", "bundles/001001-001002.jsonl", "outline.jsonl"],
    );
    assert.deepEqual(await store.verify(change), []);
    assert.equal((await store.read(change)).length, BUNDLED + 2);
    assert.equal((await store.outline(change)).length, BUNDLED + 1);
  });

  it("are made up for where the writer was killed before them, or had no right to put them", async () => {
    const { bucket, texts } = countedBucket();
    const killed = storeOn(refusing(bucket, /bundles|outline/));
    const change = await killed.open("staging", new Date(AT), {});
    assert.equal((await killed.append(change, 2, draft("closed"))).seq, 2, "the event itself is written");
    assert.ok(![...texts.keys()].some((key) => /bundles|outline/.test(key)));
    const read = await storeOn(refusing(bucket, /./)).read(change);
    assert.deepEqual(
      await storeOn(refusing(bucket, /./)).outline(change),
      read,
      "a reader without the right goes without",
    );
    assert.deepEqual(await storeOn(bucket).read(change), read);
    assert.deepEqual(await storeOn(bucket).outline(change), read);
    assert.ok(texts.has(`${change}/bundles/000001-000002.jsonl`));
    assert.ok(texts.has(`${change}/outline.jsonl`));
    assert.deepEqual(await killed.verify(change), []);
  });

  /** The event anew with another text, with the hash that fits it. */
  const forged = (event: ChangeEvent): ChangeEvent => {
    const other = { ...event, data: { ...event.data, text: "forged" } };
    return { ...other, hash: hashOfEvent(other) };
  };

  it("are held against the events by verify, which names the first that differs", async () => {
    const { store, texts, change, record } = recorded(1_500);
    await store.read(change);
    await store.outline(change);
    assert.deepEqual(await store.verify(change), []);
    const tampered: [string, number][] = [
      ["bundles/000001-001000.jsonl", 17],
      ["bundles/001001-001500.jsonl", 1_200],
      ["outline.jsonl", 40],
    ];
    for (const [name, seq] of tampered) {
      const event = record[seq - 1];
      assert.ok(event);
      const key = `${change}/${name}`;
      const whole = texts.get(key) ?? "";
      texts.set(key, whole.replace(lineOf(event), lineOf(forged(event))));
      const [finding, ...others] = await store.verify(change);
      assert.equal(finding?.seq, seq);
      assert.match(finding?.problem ?? "", new RegExp(`differs in ${name}`));
      assert.deepEqual(others, []);
      texts.set(key, whole.slice(0, whole.indexOf("\n") + 1));
      assert.equal((await store.verify(change))[0]?.seq, name === "bundles/001001-001500.jsonl" ? 1_002 : 2);
      texts.set(key, whole);
    }
    assert.deepEqual(await store.verify(change), []);
  });

  it("that don't fit the events are left aside", async () => {
    const { store, texts, change, record } = recorded(1_500);
    await store.read(change);
    const names = ["bundles/000001-001000.jsonl", "bundles/001001-001500.jsonl"];
    for (const name of names) {
      const key = `${change}/${name}`;
      const whole = texts.get(key) ?? "";
      const end = name === names[0] ? record[BUNDLED - 1] : record.at(-1);
      assert.ok(end);
      const spoilt = [
        whole.replace(lineOf(end), lineOf(forged(end))),
        whole.slice(0, whole.lastIndexOf("\n", whole.length - 2) + 1),
        whole.slice(0, -1),
        "no event\n".repeat(BUNDLED),
        "",
      ];
      for (const text of spoilt) {
        texts.set(key, text);
        assert.deepEqual(await store.read(change), record);
      }
      texts.set(key, whole);
    }
    texts.delete(`${change}/head.json`);
    assert.deepEqual(await store.read(change), record);
    texts.set(`${change}/outline.jsonl`, `${lineOf(record[0] ?? assert.fail())}no event\n`);
    assert.deepEqual(await store.outline(change), record);
  });

  it("tell what the events tell, whichever of them are there", async () => {
    const range = fc.tuple(fc.integer({ min: 1, max: 2_600 }), fc.integer({ min: 1, max: 1_200 }));
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 2, max: 2_600 }), fc.array(range, { maxLength: 4 }), async (events, there) => {
        const { bucket, store, change, record } = recorded(events);
        for (const [first, length] of there) {
          const last = Math.min(events, first + length);
          const lineAt = async (seq: number) => JSON.stringify(record[seq - 1]);
          if (first <= last) await putBundle(bucket, change, { first, last }, lineAt);
        }
        assert.deepEqual(await store.read(change), record);
        assert.deepEqual(await store.read(change), record);
        assert.deepEqual(await store.verify(change), []);
      }),
      { seed: 12, numRuns: 12 },
    );
  });

  it("end with every thousandth event and with the last of a closed record", () => {
    assert.deepEqual(bundleEndedBy({ seq: 3_000, type: "gate" }), { first: 2_001, last: 3_000 });
    assert.deepEqual(bundleEndedBy({ seq: 3_000, type: "closed" }), { first: 2_001, last: 3_000 });
    assert.deepEqual(bundleEndedBy({ seq: 3_001, type: "closed" }), { first: 3_001, last: 3_001 });
    assert.equal(bundleEndedBy({ seq: 3_001, type: "gate" }), null);
  });
});
