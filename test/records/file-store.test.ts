import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath, pathToFileURL } from "node:url";
import { EXIT, Refusal } from "../../infra/errors.ts";
import type { Draft } from "../../infra/records/events.ts";
import { openStore } from "../../infra/records/open-store.ts";
import type { RecordStore } from "../../infra/records/store.ts";
import { troubleWith } from "../../infra/records/trouble.ts";

const DAY = new Date("2026-11-22T09:00:00Z");
const FIRST = "CHG-2026-11-22-001";

const note = (text: string): Draft => ({
  at: "2026-11-22T10:00:00.000Z",
  step: "canary-5",
  type: "note",
  data: { text },
});

function child(script: string, ...args: string[]): ChildProcess {
  const file = fileURLToPath(new URL(script, import.meta.url));
  return spawn(process.execPath, [file, ...args], { stdio: ["pipe", "pipe", "inherit"] });
}

async function kill(running: ChildProcess): Promise<void> {
  const gone = once(running, "close");
  running.kill("SIGKILL");
  await gone;
}

/** Resolves with the n-th line that a process writes. */
async function lineOfChild(running: ChildProcess, count: number): Promise<string> {
  assert.ok(running.stdout);
  let seen = 0;
  for await (const line of createInterface({ input: running.stdout })) {
    seen += 1;
    if (seen === count) return line;
  }
  throw new Error(`the process ended after ${seen} lines`);
}

const refusedWith = (exit: number, pattern: RegExp) => (error: unknown) =>
  error instanceof Refusal && error.exit === exit && pattern.test(error.message);

describe("the record store in a folder", () => {
  let root: string;
  let store: RecordStore;
  const file = (name: string) => join(root, FIRST, name);

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "records-"));
    store = await openStore(pathToFileURL(root).href, { secrets: ["hunter2-hunter2"] });
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it("numbers the changes of a day, whatever their stack", async () => {
    assert.equal(await store.open("staging", DAY, {}), FIRST);
    assert.equal(await store.open("production", DAY, {}), "CHG-2026-11-22-002");
    assert.equal(await store.open("staging", new Date("2026-11-23T00:00:00Z"), {}), "CHG-2026-11-23-001");
    assert.deepEqual(await store.list(), [FIRST, "CHG-2026-11-22-002", "CHG-2026-11-23-001"]);
  });

  it("gives twenty changes that open at once twenty ids", async () => {
    const ids = await Promise.all(Array.from({ length: 20 }, () => store.open("staging", DAY, {})));
    assert.equal(new Set(ids).size, 20);
    assert.deepEqual(await store.list(), ids.sort());
  });

  it("reads back what was appended, and says which stack it is about", async () => {
    await store.open("staging", DAY, { runbook: "deploy" });
    const appended = await store.append(FIRST, 2, note("hello"));
    const [opened, second] = await store.read(FIRST);
    assert.deepEqual(opened?.data, { runbook: "deploy", stack: "staging" });
    assert.deepEqual(second, appended);
    assert.deepEqual(await store.verify(FIRST), []);
  });

  it("lets one of two writers have an event", async () => {
    await store.open("staging", DAY, {});
    const tries = Array.from({ length: 8 }, (_, index) => store.append(FIRST, 2, note(`writer ${index}`)));
    const settled = await Promise.allSettled(tries);
    assert.equal(settled.filter(({ status }) => status === "fulfilled").length, 1);
    for (const result of settled) {
      if (result.status === "rejected") assert.ok(refusedWith(EXIT.busy, /event 2 can't be written/)(result.reason));
    }
    assert.equal((await store.read(FIRST)).length, 2);
  });

  it("writes no secret, neither into events nor into pages", async () => {
    await store.open("staging", DAY, { reason: "it was hunter2-hunter2" });
    await store.append(FIRST, 2, note(`password=${encodeURIComponent("hunter2-hunter2")}`));
    await store.append(FIRST, 3, note(Buffer.from("user:hunter2-hunter2").toString("base64")));
    const page = await store.putPage(FIRST, "record.md", "# hunter2-hunter2");
    const written = (await readFile(file("events.jsonl"), "utf8")) + (await readFile(page, "utf8"));
    assert.ok(!written.includes("hunter2"));
    assert.equal(written.split("«redacted»").length, 5);
    assert.deepEqual(await store.verify(FIRST), []);
  });

  it("cuts off a line that was never finished, and says so in the next event", async () => {
    await store.open("staging", DAY, {});
    await appendFile(file("events.jsonl"), `{"seq":2,"at":"2026`);
    assert.equal((await store.read(FIRST)).length, 1);
    assert.deepEqual(await store.verify(FIRST), []);
    const event = await store.append(FIRST, 2, note("goes on"));
    assert.match(String(event.data.note), /19 bytes of one whose write never finished were cut off/);
    assert.deepEqual(await store.verify(FIRST), []);
  });

  it("follows on an event whose head was not written any more", async () => {
    await store.open("staging", DAY, {});
    const head = await readFile(file("head.json"));
    await store.append(FIRST, 2, note("two"));
    await writeFile(file("head.json"), head);
    await store.append(FIRST, 3, note("three"));
    assert.deepEqual(await store.verify(FIRST), []);
  });

  it("names an event that was cut off or changed, and writes nothing more to such a record", async () => {
    await store.open("staging", DAY, {});
    await store.append(FIRST, 2, note("two"));
    const whole = await readFile(file("events.jsonl"), "utf8");
    await truncate(file("events.jsonl"), whole.indexOf("\n") + 1);
    assert.deepEqual(await store.verify(FIRST), [{ seq: 2, problem: "was cut off: the head names event 2" }]);
    await assert.rejects(store.append(FIRST, 2, note("again")), refusedWith(EXIT.stuck, /runbook records verify/));
    await writeFile(file("events.jsonl"), whole.replace("two", "2"));
    assert.equal((await store.verify(FIRST))[0]?.seq, 2);
    await assert.rejects(store.append(FIRST, 3, note("three")), refusedWith(EXIT.stuck, /event 2 was changed/));
  });

  it("writes nothing more to a record whose head can't be read: an event that was cut off would not be missed", async () => {
    await store.open("staging", DAY, {});
    await store.append(FIRST, 2, note("two"));
    for (const text of ["", "{", '{"seq":"two"}']) {
      await writeFile(file("head.json"), text);
      assert.match((await store.verify(FIRST))[0]?.problem ?? "", /the head is missing or unreadable/);
      assert.equal((await store.read(FIRST)).length, 2, "it is still shown");
      await assert.rejects(
        store.append(FIRST, 3, note("three")),
        refusedWith(EXIT.stuck, /head\.json.* can't be read/),
      );
    }
  });

  it("tells a record's ends without those between, however long a line is and whatever a crash left at its end", async () => {
    await assert.rejects(store.ends(FIRST), refusedWith(EXIT.refused, /no such change/));
    await store.open("staging", DAY, {});
    for (const [index, length] of [1, 200_000, 10, 70_000, 5].entries()) {
      await store.append(FIRST, index + 2, note("x".repeat(length)));
      const whole = await readFile(file("events.jsonl"));
      for (const torn of ["", `{"seq":${index + 3},"at":"2026`, "x".repeat(70_000), "no event\n"]) {
        await appendFile(file("events.jsonl"), torn);
        const events = await store.read(FIRST);
        assert.deepEqual(await store.ends(FIRST), { first: events[0], last: events.at(-1) });
        await writeFile(file("events.jsonl"), whole);
      }
    }
    const written = await readFile(file("events.jsonl"), "utf8");
    await writeFile(file("events.jsonl"), written.replace('{"seq":3', "no event"));
    await assert.rejects(store.read(FIRST), refusedWith(EXIT.stuck, /event 3 can't be read/));
    assert.equal((await store.ends(FIRST)).last.seq, 6);
  });

  it("loses no acknowledged event when writers are killed in the middle, however often", async function () {
    this.timeout(30_000);
    await store.open("staging", DAY, {});
    for (const lines of [1, 3, 7, 13, 2, 21]) {
      const writer = child("./appender.ts", store.url, FIRST);
      const told = Number(await lineOfChild(writer, lines));
      await kill(writer);
      const { length } = await store.read(FIRST);
      assert.ok(length >= told, `event ${told} was acknowledged, ${length} are there`);
      await store.append(FIRST, length + 1, note("after the kill"));
      assert.deepEqual(await store.verify(FIRST), []);
    }
  });

  it("refuses ids, pages and changes that it doesn't have", async () => {
    await assert.rejects(store.read("../etc"), refusedWith(EXIT.refused, /is not a change's id/));
    await assert.rejects(store.read(FIRST), refusedWith(EXIT.refused, /no such change/));
    await assert.rejects(store.verify(FIRST), refusedWith(EXIT.refused, /no such change/));
    await store.open("staging", DAY, {});
    await assert.rejects(store.putPage(FIRST, "../x.md", ""), refusedWith(EXIT.refused, /is not a page's name/));
  });

  it("proves before a change that it can be written, and leaves nothing behind", async () => {
    await store.check();
    assert.deepEqual(await store.list(), []);
    await writeFile(join(root, "plain"), "");
    const below = await openStore(pathToFileURL(join(root, "plain", "records")).href, { secrets: [] });
    await assert.rejects(below.check(), refusedWith(EXIT.refused, /is below something that is no folder/));
    await assert.rejects(below.open("staging", DAY, {}), refusedWith(EXIT.refused, /is below something/));
  });

  it("says what is the matter with a disk", () => {
    for (const [code, meaning] of Object.entries({
      ENOSPC: /is full/,
      EROFS: /is read-only/,
      EACCES: /may not be written/,
    })) {
      const trouble = troubleWith("/records", Object.assign(new Error(code), { code }), EXIT.stuck);
      assert.ok(refusedWith(EXIT.stuck, meaning)(trouble));
    }
    const other = new TypeError("a defect");
    assert.equal(troubleWith("/records", other, EXIT.stuck), other);
  });

  it("refuses a URL of another kind", async () => {
    await assert.rejects(openStore("ftp://x/y", { secrets: [] }), refusedWith(EXIT.refused, /is not a record store/));
    await assert.rejects(openStore("records", { secrets: [] }), refusedWith(EXIT.refused, /is not a record store/));
    await assert.rejects(openStore("file://host/y", { secrets: [] }), refusedWith(EXIT.refused, /three slashes/));
  });

  it("takes a page that is written many times at once, such as that of all changes where several end together", async () => {
    await Promise.all(Array.from({ length: 20 }, (_, place) => store.putIndex(`<p>${place}</p>`)));
    assert.match(await readFile(join(root, "index.html"), "utf8"), /^<p>\d+<\/p>$/);
  });

  it("leases a stack to one runner, and again once it is let go", async () => {
    const first = await store.lease("staging", { change: null });
    assert.ok(first.held);
    const second = await store.lease("staging", { change: FIRST });
    assert.ok(!second.held);
    assert.equal(second.holder.pid, process.pid);
    assert.equal((await store.lease("production", { change: null })).held, true);
    await first.release();
    assert.equal((await store.lease("staging", { change: null })).held, true);
  });

  it("gives a lease that many want at once to one, again and again", async () => {
    for (let round = 0; round < 20; round += 1) {
      const leases = await Promise.all(Array.from({ length: 6 }, () => store.lease("staging", { change: null })));
      const held = leases.flatMap((lease) => (lease.held ? [lease] : []));
      assert.equal(held.length, 1, `round ${round}`);
      await held[0]?.release();
    }
  });

  it("takes over the lease of a process that was killed, not of one that lives", async () => {
    const running = child("./holder.ts", store.url, "staging");
    assert.equal(await lineOfChild(running, 1), "true");
    const refused = await store.lease("staging", { change: null });
    assert.ok(!refused.held);
    assert.deepEqual([refused.holder.pid, refused.holder.change], [running.pid, FIRST]);
    await kill(running);
    assert.equal((await store.lease("staging", { change: null })).held, true);
  });

  it("keeps the first who asks to call a change off, without a secret", async () => {
    const change = await store.open("staging", new Date(), {});
    assert.equal(await store.askedToCallOff(change), null);
    const asked = { by: "Grace", reason: "users complain", at: "2026-11-22T12:00:00.000Z" };
    await store.askToCallOff(change, asked);
    await store.askToCallOff(change, { ...asked, by: "Ada" });
    assert.deepEqual(await store.askedToCallOff(change), asked);
    assert.deepEqual(await store.verify(change), []);
  });
});
