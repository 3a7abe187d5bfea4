import assert from "node:assert/strict";
import { systemClock } from "../../infra/runner/clock.ts";

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
