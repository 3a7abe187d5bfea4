import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { processStart } from "../../infra/clients/process-start.mjs";
import { isStale, withLock } from "../../tools/lock.mjs";

const LOCK_MODULE = new URL("../../tools/lock.mjs", import.meta.url).href;

/** A process that counts up a file's number under the lock; without the lock, increments would be lost. */
const COUNTER = `
import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { withLock } from ${JSON.stringify(LOCK_MODULE)};
const [lock, file] = process.argv.slice(1);
await withLock(lock, () => {}, async () => {
  const count = Number(readFileSync(file, "utf8"));
  await delay(20);
  writeFileSync(file, String(count + 1));
});
`;

describe("the installation lock", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "lock-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("knows a process by its id and its start time", () => {
    const started = processStart(process.pid);
    assert.equal(isStale(`${process.pid} ${started}`), false);
    assert.equal(isStale(`${process.pid} 1`), true);
    assert.equal(isStale(""), true);
    // As ps writes it, on macOS.
    assert.equal(isStale(`${process.pid} Fri Nov 27 13:50:00 2026`), true);
    assert.equal(processStart(2 ** 30), null);
  });

  it("is let go of after the work, also when the work fails", async () => {
    const path = join(folder, "it.lock");
    const held = await withLock(
      path,
      () => assert.fail("nobody holds it"),
      async () => existsSync(path),
    );
    assert.equal(held, true);
    await assert.rejects(
      withLock(
        path,
        () => {},
        () => Promise.reject(new Error("no")),
      ),
      /no/,
    );
    assert.deepEqual(readdirSync(folder), []);
  });

  it("is taken from an owner that is dead", async () => {
    const path = join(folder, "it.lock");
    writeFileSync(path, `${process.pid} 1`);
    assert.equal(
      await withLock(
        path,
        () => assert.fail("its owner is dead"),
        async () => "done",
      ),
      "done",
    );
    assert.deepEqual(readdirSync(folder), []);
  });

  it("lets one process at a time through, a stale lock and all", async () => {
    const path = join(folder, "it.lock");
    const file = join(folder, "count");
    writeFileSync(path, `${process.pid} 1`);
    writeFileSync(file, "0");
    const args = ["--input-type=module", "--eval", COUNTER, path, file];
    const ends = Array.from({ length: 6 }, () => once(spawn(process.execPath, args, { stdio: "inherit" }), "close"));
    for (const [code] of await Promise.all(ends)) assert.equal(code, 0);
    assert.equal(readFileSync(file, "utf8"), "6");
  }).timeout(30_000);
});
