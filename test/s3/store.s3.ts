import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { EXIT, Refusal } from "../../infra/errors.ts";
import type { Draft } from "../../infra/records/events.ts";
import { openStore } from "../../infra/records/open-store.ts";
import type { RecordStore } from "../../infra/records/store.ts";
import { planOf, type RunbookInput } from "../../infra/runbooks/index.ts";
import { openJournal } from "../../infra/runner/journal.ts";
import { run } from "../../infra/runner/run.ts";
import { deployOf, firstState } from "../../verification/mocks/release-state.ts";
import { sessionOn, steppedClock } from "../runner/session.ts";
import { memoryStack, silent, tape } from "../runner/world.ts";

const DAY = new Date("2026-11-22T09:00:00Z");
const FIRST = "CHG-2026-11-22-001";
const note = (text: string): Draft => ({ at: DAY.toISOString(), step: null, type: "note", data: { text } });
const refusedWith = (exit: number) => (error: unknown) => error instanceof Refusal && error.exit === exit;

describe("the record store on moto's S3", () => {
  const client = new S3Client({ forcePathStyle: true });
  let prefix: string;
  let store: RecordStore;
  const object = (name: string) => ({ Bucket: "records", Key: `${prefix}/${FIRST}/${name}` });
  const textOf = async (name: string) =>
    (await (await client.send(new GetObjectCommand(object(name)))).Body?.transformToString()) ?? "";

  beforeEach(async () => {
    prefix = randomUUID();
    store = await openStore(`s3://records/${prefix}`, { secrets: ["hunter2-hunter2"] });
  });

  it("carries a whole deploy, and its chain is whole", async () => {
    await store.check();
    const base = firstState();
    const input: RunbookInput = deployOf(base, "2");
    const clock = steppedClock();
    const change = await store.open("staging", new Date(clock.now()), {});
    const journal = await openJournal(store, change, clock, silent);
    const stack = memoryStack(base, tape([]), () => undefined);
    const session = sessionOn(stack, store, clock, tape([]));
    const leave = { whenWaiting: "stay", signal: new AbortController().signal } as const;
    assert.equal((await run({ session, journal, plan: planOf(change, input), ...leave })).exit, EXIT.done);
    assert.deepEqual(await store.verify(change), []);
    assert.deepEqual(await store.list(), [change]);
  });

  it("gives ten changes that open at once ten ids", async () => {
    const ids = await Promise.all(Array.from({ length: 10 }, () => store.open("staging", DAY, {})));
    assert.equal(new Set(ids).size, 10);
  });

  it("takes one of two that write the same event, and one of two that want the lease", async () => {
    await store.open("staging", DAY, {});
    const both = await Promise.allSettled([store.append(FIRST, 2, note("one")), store.append(FIRST, 2, note("other"))]);
    const refused = both.flatMap((one) => (one.status === "rejected" ? [one.reason] : []));
    assert.equal(refused.length, 1);
    assert.ok(refusedWith(EXIT.busy)(refused[0]));
    const lease = await store.lease("staging", { change: FIRST });
    assert.equal(lease.held, true);
    assert.equal((await store.lease("staging", { change: null })).held, false);
    if (lease.held) await lease.release();
    assert.equal((await store.lease("staging", { change: null })).held, true);
  });

  it("keeps no secret, and finds an event that was changed, cut off or moved", async () => {
    await store.open("staging", DAY, {});
    for (const seq of [2, 3, 4]) await store.append(FIRST, seq, note(`note ${seq} hunter2-hunter2`));
    const second = await textOf("events/000002.json");
    assert.doesNotMatch(second, /hunter2/);
    const put = (name: string, text: string) => client.send(new PutObjectCommand({ ...object(name), Body: text }));

    await put("events/000002.json", second.replace("note 2", "note 9"));
    assert.notDeepEqual(await store.verify(FIRST), []);
    await put("events/000002.json", await textOf("events/000003.json"));
    assert.notDeepEqual(await store.verify(FIRST), []);
    await put("events/000002.json", second);
    assert.deepEqual(await store.verify(FIRST), []);
    await client.send(new DeleteObjectCommand(object("events/000004.json")));
    assert.notDeepEqual(await store.verify(FIRST), []);
  });

  it("keeps copies of a closed record, which are put once, made up for, and held against the events", async () => {
    await store.open("staging", DAY, {});
    await store.append(FIRST, 2, note("two"));
    await store.append(FIRST, 3, { ...note("three"), type: "closed" });
    const events = await store.read(FIRST);
    for (const name of ["bundles/000001-000003.jsonl", "outline.jsonl"]) {
      const kept = await textOf(name);
      assert.equal(kept, events.map((event) => `${JSON.stringify(event)}\n`).join(""));
      const body = kept.replace("two", "2");
      await client.send(new PutObjectCommand({ ...object(name), Body: body }));
      assert.match((await store.verify(FIRST))[0]?.problem ?? "", new RegExp(`differs in ${name}`));
      await client.send(new DeleteObjectCommand(object(name)));
      assert.deepEqual(await store.read(FIRST), events);
      assert.deepEqual(await store.outline(FIRST), events);
      assert.equal(await textOf(name), kept);
    }
    assert.deepEqual(await store.verify(FIRST), []);
  });
});
