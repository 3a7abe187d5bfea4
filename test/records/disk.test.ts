import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { EXIT, Refusal } from "../../infra/errors.ts";
import { openStore } from "../../infra/records/open-store.ts";
import { planOf, type RunbookInput } from "../../infra/runbooks/index.ts";
import { openJournal } from "../../infra/runner/journal.ts";
import { run } from "../../infra/runner/run.ts";
import { deployOf, firstState } from "../../verification/mocks/release-state.ts";
import { type Disk, smallDisk } from "../disk.ts";
import { sessionOn, steppedClock } from "../runner/session.ts";
import { memoryStack, silent, tape } from "../runner/world.ts";

const base = firstState();
const input: RunbookInput = deployOf(base, "2");
const leave = { whenWaiting: "stay", signal: new AbortController().signal } as const;
const refusedWith = (exit: number, pattern: RegExp) => (error: unknown) =>
  error instanceof Refusal && error.exit === exit && pattern.test(error.message);

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
    const { kind } = disk;
    const store = await storeOn();
    await store.check();
    const clock = steppedClock();
    const change = await store.open("staging", new Date(clock.now()), {});
    const stack = memoryStack(base, tape([]), () => undefined);
    const filling = {
      ...stack,
      update: async (...args: Parameters<typeof stack.update>) => {
        await disk.fill();
        return stack.update(...args);
      },
    };
    const journal = await openJournal(store, change, clock, silent);
    const plan = planOf(change, input);
    const stopped = run({ session: sessionOn(filling, store, clock, tape([])), journal, plan, ...leave });
    if (kind === "tmpfs") await assert.rejects(stopped, refusedWith(EXIT.stuck, /is full: make room/));
    else await stopped.catch((error: unknown) => assert.ok(refusedWith(EXIT.stuck, /may not be written/)(error)));
    await disk.clear();
    assert.deepEqual(await store.verify(change), []);
    const again = await openJournal(store, change, clock, silent);
    assert.equal(
      (await run({ session: sessionOn(stack, store, clock, tape([])), journal: again, plan, ...leave })).exit,
      EXIT.done,
    );
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
