import assert from "node:assert/strict";
import { chmod, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import { BY_STACK, changesOf, entryOf } from "../../infra/records/by-stack.ts";
import { NO_HEAD, seal } from "../../infra/records/events.ts";
import { openFileStore } from "../../infra/records/file-store.ts";
import { createRedactor } from "../../infra/records/redaction/redact.ts";
import { bucketStore } from "../../infra/records/s3-store.ts";
import type { RecordStore } from "../../infra/records/store.ts";
import { findOpenChange } from "../../infra/runner/resume.ts";
import { countedBucket } from "../../verification/bench/growth/counted-bucket.ts";
import { firstState } from "../../verification/mocks/release-state.ts";
import { memoryStack, tape } from "../runner/world.ts";

const DAY = new Date("2026-11-22T09:00:00Z");
const redactor = createRedactor([]);

describe("a store's changes by stack", () => {
  it("are those whose record says so, whatever of the index was written", async () => {
    const change = (index: number) => `CHG-2026-11-22-${String(index + 1).padStart(3, "0")}`;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ stack: fc.constantFrom("staging", "production", "a/b"), indexed: fc.boolean() }), {
          maxLength: 40,
        }),
        async (records) => {
          const changes = records.map((_, index) => change(index));
          const entries = records.flatMap(({ stack, indexed }, index) =>
            indexed ? [entryOf(stack, change(index))] : [],
          );
          const added: string[] = [];
          const own = await changesOf("production", {
            changes,
            entries,
            first: async (id) => {
              const data = { stack: records[changes.indexOf(id)]?.stack ?? "" };
              return seal(id, NO_HEAD, { at: DAY.toISOString(), step: null, type: "opened", data });
            },
            add: async (entry) => {
              added.push(entry);
              throw new Error("a reader may not write");
            },
          });
          assert.deepEqual(
            own,
            changes.filter((_, index) => records[index]?.stack === "production"),
          );
          assert.equal(added.length, records.filter(({ indexed }) => !indexed).length);
        },
      ),
      { seed: 15, numRuns: 100 },
    );
  });

  const stores: [string, (root: string) => { store: RecordStore; forget(): Promise<void> }][] = [
    [
      "a folder",
      (root) => ({
        store: openFileStore(pathToFileURL(root).href, redactor),
        forget: () => rm(join(root, BY_STACK), { recursive: true, force: true }),
      }),
    ],
    [
      "a bucket",
      () => {
        const { bucket, texts } = countedBucket();
        const forget = async () => {
          for (const key of [...texts.keys()].filter((one) => one.startsWith(BY_STACK))) texts.delete(key);
        };
        return { store: bucketStore("s3://counted", bucket, redactor), forget };
      },
    ],
  ];
  for (const [where, openIn] of stores) {
    it(`are found in ${where} by two who open at once, and again where the index is lost`, async () => {
      const root = await mkdtemp(join(tmpdir(), "by-stack-"));
      try {
        const { store, forget } = openIn(root);
        const stacks = ["production", "staging", "production", "team/app/production", "production"];
        const ids = await Promise.all(stacks.map((stack) => store.open(stack, DAY, {})));
        const own = ids.filter((_, index) => stacks[index] === "production").sort();
        for (const state of ["indexed", "lost", "written anew"]) {
          assert.deepEqual(await store.ofStack("production"), own);
          assert.equal((await store.ofStack("team/app/production")).length, 1);
          assert.deepEqual(await store.ofStack("elsewhere"), []);
          assert.deepEqual(await store.list(), [...ids].sort());
          if (state === "indexed") await forget();
        }
      } finally {
        await rm(root, { recursive: true, force: true });
      }
    });
  }

  it("leave out a record that was never begun, and tell one that can't be read", async () => {
    const root = await mkdtemp(join(tmpdir(), "by-stack-"));
    try {
      const store = openFileStore(pathToFileURL(root).href, redactor);
      const change = await store.open("production", DAY, {});
      await rm(join(root, BY_STACK), { recursive: true });
      await writeFile(join(root, change, "events.jsonl"), "no event\nno event either\n");
      await assert.rejects(store.ofStack("production"), /event 1 can't be read/);
      await writeFile(join(root, change, "events.jsonl"), '{"seq":1');
      assert.deepEqual(await store.ofStack("production"), []);
      if (process.getuid?.() !== 0) {
        await chmod(join(root, change), 0);
        await assert.rejects(store.ofStack("production"));
        await chmod(join(root, change), 0o700);
      }
      assert.deepEqual((await readdir(root)).sort(), [".news", change]);
    } finally {
      await rm(root, { recursive: true, force: true });
    }
  });

  it("cost as many requests beside a hundred records of another stack as beside none", async () => {
    const asked = async (others: number) => {
      const { bucket, requests } = countedBucket();
      const store = bucketStore("s3://counted", bucket, redactor);
      const own = await store.open("staging", DAY, { stack: "staging" });
      for (let index = 0; index < others; index += 1) await store.open("production", DAY, { stack: "production" });
      Object.assign(requests, { get: 0, put: 0, list: 0, head: 0 });
      const stack = memoryStack(firstState(), tape([]), () => undefined);
      assert.equal((await findOpenChange({ stack, store }))?.change, own);
      return { ...requests };
    };
    assert.deepEqual(await asked(100), await asked(0));
  });
});
