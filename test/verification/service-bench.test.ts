import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import { openFileStore } from "../../infra/records/file-store.ts";
import { createRedactor } from "../../infra/records/redaction/redact.ts";
import { ASKED } from "../../verification/bench/service/counted-store.ts";
import { growth, needed, quantile } from "../../verification/bench/service/index.ts";
import { measureLive } from "../../verification/bench/service/live.ts";
import { PRODUCTION } from "../../verification/bench/service/stack.ts";
import { virtualClock } from "../../verification/bench/service/virtual-clock.ts";
import { simulateWeek } from "../../verification/bench/service/week.ts";

describe("a service with many stacks, simulated", function () {
  this.timeout(120_000);
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "service-"));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));
  const open = () => openFileStore(pathToFileURL(root).href, createRedactor([]));

  it("looks at each stack's news in time, and asks the store no more than its changes need", async () => {
    const sizes = { stacks: 40, canaries: 4, seconds: 5, watch: PRODUCTION };
    const { lateMarks, asked, events, seconds, problems } = await measureLive(open, sizes);
    assert.deepEqual(problems, []);
    assert.ok((quantile(lateMarks, 0.99) ?? Number.POSITIVE_INFINITY) < 1_000);
    const most = needed({ ...sizes, seconds, events, changes: 4 });
    for (const kind of ASKED) assert.ok(asked[kind] <= most[kind], `${kind}: ${asked[kind]} of ${most[kind]}`);
  });

  it("runs canaries of a day one after the other in simulated time, each to its end, without a problem", async () => {
    const { changes, heap, problems } = await simulateWeek(open, { busy: 1, resting: 1, days: 1.2 });
    assert.deepEqual(problems, []);
    assert.deepEqual([changes, heap.length], [2, 1]);
    const store = open();
    const ends = await Promise.all((await store.list()).map((change) => store.ends(change)));
    assert.deepEqual(
      ends.map(({ last }) => last.type === "closed" && last.data.outcome),
      ["done", false],
    );
  });
});

describe("simulated time", () => {
  it("wakes all who sleep in the order of their times, however they came", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 50 }), { maxLength: 40 }), async (waits) => {
        const clock = virtualClock(0);
        const woken: number[] = [];
        const all = waits.map((wait) => clock.wait(wait).then(() => woken.push(clock.now())));
        await clock.run(100, { span: 1_000, call: async () => undefined });
        await Promise.all(all);
        assert.deepEqual(
          woken,
          [...waits].sort((one, other) => one - other),
        );
      }),
      { seed: 3, numRuns: 200 },
    );
  });

  it("stands still while something is at work", async () => {
    const clock = virtualClock(0);
    const seen: number[] = [];
    const slow = clock.working(async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      seen.push(clock.now());
    });
    const sleeping = clock.wait(10).then(() => seen.push(clock.now()));
    await clock.run(10, { span: 1_000, call: async () => undefined });
    await Promise.all([slow, sleeping]);
    assert.deepEqual(seen, [0, 10]);
  });
});

describe("the figures of a service", () => {
  it("are quantiles, and the growth from the second day on", () => {
    const hundred = Array.from({ length: 100 }, (_, place) => place + 1);
    assert.deepEqual(
      [quantile(hundred, 0.5), quantile(hundred, 0.99), quantile(hundred, 1), quantile([], 0.5)],
      [50, 99, 100, null],
    );
    assert.equal(growth([90, 100, 101, 100]), 0);
    assert.equal(growth([]), null);
  });
});
