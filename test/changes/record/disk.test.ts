import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { openJournal } from "../../../infra/changes/journal.ts";
import { openStore } from "../../../infra/changes/record/store.ts";
import { EXIT, Refusal } from "../../../infra/changes/refusal.ts";
import { run } from "../../../infra/changes/runner.ts";
import { planOf, type RunbookInput } from "../../../infra/runbooks/index.ts";
import { firstState, manifest, nextRelease } from "../../fixtures/release-state.ts";
import { sessionOn, steppedClock } from "../session.ts";
import { memoryStack, silent, tape } from "../world.ts";

const exec = promisify(execFile);
const base = firstState();
const input: RunbookInput = {
  runbook: "deploy",
  base,
  release: nextRelease(base, manifest("2")),
  onCall: "Ada",
  timing: { interval: 10, gateTimeout: 30, drain: 5 },
  soak: { nominal: 20, wall: 20 },
};
const leave = { whenWaiting: "stay", signal: new AbortController().signal } as const;
const refusedWith = (exit: number, pattern: RegExp) => (error: unknown) =>
  error instanceof Refusal && error.exit === exit && pattern.test(error.message);

/** A disk of its own, which only root may mount; others get a folder that can be closed. */
interface Disk {
  folder: string;
  kind: "tmpfs" | "folder";
  readOnly(): Promise<void>;
  writable(): Promise<void>;
  remove(): Promise<void>;
}

async function smallDisk(kilobytes: number): Promise<Disk> {
  const folder = await mkdtemp(join(tmpdir(), "disk-"));
  const mounted = await exec("mount", ["-t", "tmpfs", "-o", `size=${kilobytes}k`, "tmpfs", folder]).then(
    () => true,
    () => false,
  );
  const remount = (mode: "ro" | "rw") =>
    mounted ? exec("mount", ["-o", `remount,${mode}`, folder]) : chmod(folder, mode === "ro" ? 0o500 : 0o700);
  return {
    folder,
    kind: mounted ? "tmpfs" : "folder",
    async readOnly() {
      await remount("ro");
    },
    async writable() {
      await remount("rw");
    },
    async remove() {
      if (mounted) await exec("umount", [folder]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

describe("a record store's disk", function () {
  this.timeout(30_000);

  let disk: Disk;
  afterEach(() => disk.remove());
  const storeOn = () => openStore(pathToFileURL(disk.folder).href, { secrets: [] });

  it("that is too small or read-only is refused before a change", async () => {
    disk = await smallDisk(64);
    const store = await storeOn();
    if (disk.kind === "tmpfs") await assert.rejects(store.check(), refusedWith(EXIT.refused, /is full: make room/));
    await disk.readOnly();
    await assert.rejects(store.check(), refusedWith(EXIT.refused, /is read-only|may not be written/));
    await disk.writable();
    assert.deepEqual(await store.list(), []);
  });

  it("that fills or closes in the middle of a change stops it with 70, and it goes on when there is room", async () => {
    disk = await smallDisk(2_048);
    const { folder, kind } = disk;
    const store = await storeOn();
    await store.check();
    const clock = steppedClock();
    const change = await store.open("staging", new Date(clock.now()), {});
    const stack = memoryStack(base, tape([]), () => undefined);
    const ballast = join(folder, "ballast");
    const trouble = async () => {
      if (kind === "folder") return disk.readOnly();
      await writeFile(ballast, Buffer.alloc(4 << 20)).catch(() => undefined);
    };
    const filling = {
      ...stack,
      update: async (...args: Parameters<typeof stack.update>) => {
        await trouble();
        return stack.update(...args);
      },
    };
    const journal = await openJournal(store, change, clock, silent);
    const plan = planOf(change, input);
    const stopped = run(sessionOn(filling, store, clock, tape([])), journal, plan, leave);
    if (kind === "tmpfs") await assert.rejects(stopped, refusedWith(EXIT.stuck, /is full: make room/));
    else await stopped.catch((error: unknown) => assert.ok(refusedWith(EXIT.stuck, /may not be written/)(error)));
    await disk.writable();
    await rm(ballast, { force: true });
    assert.deepEqual(await store.verify(change), []);
    const again = await openJournal(store, change, clock, silent);
    assert.equal((await run(sessionOn(stack, store, clock, tape([])), again, plan, leave)).exit, EXIT.done);
    assert.deepEqual(await store.verify(change), []);
  });

  it("is not needed for the order of events: a clock that jumps back is noted", async () => {
    disk = await smallDisk(2_048);
    const store = await storeOn();
    const clock = steppedClock();
    const change = await store.open("staging", new Date(clock.now()), {});
    const back = { ...clock, now: () => clock.now() - 86_400_000 };
    const journal = await openJournal(store, change, back, silent);
    await journal.write("note", null, { text: "yesterday" });
    const [first, second] = await store.read(change);
    assert.equal(second?.at, first?.at);
    assert.match(String(second?.data.note), /the clock had gone back to 2026-11-21/);
    assert.deepEqual(await store.verify(change), []);
  });
});
