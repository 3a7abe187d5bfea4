import assert from "node:assert/strict";
import { systemClock } from "../../infra/runner/clock.ts";
import { openJournal } from "../../infra/runner/journal.ts";
import { memoryStore, silent } from "./world.ts";

describe("the machine's clock", () => {
  const DAY = 86_400_000;

  it("ends a sleep when its time has come by the clock on the wall, where that is set ahead meanwhile", async () => {
    let jumped = 0;
    const clock = systemClock(1, () => Date.now() + jumped);
    const [began, signal] = [performance.now(), new AbortController().signal];
    const sleeping = clock.sleepUntil(clock.now() + DAY, signal);
    jumped = 2 * DAY;
    await sleeping;
    assert.ok(performance.now() - began < 2_000);
  });

  it("ends a sleep once as long has passed, where the clock on the wall is set back meanwhile", async () => {
    let jumped = 0;
    const clock = systemClock(1, () => Date.now() + jumped);
    const [began, signal] = [performance.now(), new AbortController().signal];
    const sleeping = clock.sleepUntil(clock.now() + 100, signal);
    jumped = -DAY;
    await sleeping;
    assert.ok(performance.now() - began >= 100);
  });

  it("sleeps on where a timer's longest time is shorter, and ends at the signal", async () => {
    const [clock, end] = [systemClock(1), new AbortController()];
    let isAwake = false;
    const sleeping = clock.sleepUntil(clock.now() + 40 * DAY, end.signal).then(() => {
      isAwake = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(isAwake, false);
    end.abort();
    await sleeping;
  });
});

describe("a record that is written while the clock is set back", () => {
  it("has a time that goes on from the event before, until the clock has caught up", async () => {
    let [time, passed] = [Date.parse("2026-11-22T12:00:00.000Z"), 0];
    const clock = { now: () => time, passed: () => passed };
    const store = memoryStore();
    const change = await store.open("staging", new Date(time), { stack: "staging" });
    const journal = await openJournal(store, change, clock, silent);
    const written = async () => {
      await journal.write("note", null, { text: "a look" });
      return journal.events().at(-1)?.at;
    };
    assert.equal(await written(), "2026-11-22T12:00:00.000Z");
    time -= 86_400_000;
    assert.equal(await written(), "2026-11-22T12:00:00.000Z");
    for (const seconds of ["05", "10"]) {
      passed += 5_000;
      time += 5_000;
      assert.equal(await written(), `2026-11-22T12:00:${seconds}.000Z`);
    }
    assert.equal(journal.ahead(), 86_400_000);
    time += 86_400_000;
    assert.equal(journal.ahead(), 0);
    assert.equal(await written(), "2026-11-22T12:00:10.000Z");
  });
});
