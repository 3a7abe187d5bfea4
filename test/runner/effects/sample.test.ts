import assert from "node:assert/strict";
import type { Json } from "../../../infra/domain/json.ts";
import { badInput } from "../../../infra/errors.ts";
import { planOf, type RunbookInput } from "../../../infra/runbooks/index.ts";
import { openJournal } from "../../../infra/runner/journal.ts";
import { run } from "../../../infra/runner/run.ts";
import { RUNBOOKS } from "../../fixtures/runbooks.ts";
import { sessionOn, steppedClock } from "../session.ts";
import { memoryStack, memoryStore, silent, tape } from "../world.ts";

const DAY = 24 * 3_600_000;

/** A rotation of the signing key that stands before its longest wait, on a stack and a store in memory. */
async function waiting() {
  const first = RUNBOOKS["rotate SESSION_SECRET"];
  assert.ok(first?.runbook === "rotate");
  const input: RunbookInput = { ...first, longestSession: { nominal: DAY, wall: DAY } };
  const [store, clock, way] = [memoryStore(), steppedClock(), tape([])];
  const change = await store.open("staging", new Date(clock.now()), { stack: "staging" });
  const plan = planOf(change, input);
  const session = sessionOn(
    memoryStack(input.base, way, () => undefined),
    store,
    clock,
    way,
  );
  const given: Json[] = [];
  let reads = 0;
  session.tasks["key-uses"] = async ({ sample }) => {
    given.push(sample);
    reads += 1;
    if (reads === 3) throw badInput("no pod says what it has verified");
    return { summary: `read ${reads}`, reads };
  };
  session.tasks.unused = async ({ sample }) => {
    given.push(sample);
    return { summary: "unused" };
  };
  const go = async (whenWaiting: "leave" | "stay") => {
    const journal = await openJournal(store, change, clock, silent);
    const { exit } = await run({ session, journal, plan, whenWaiting, signal: new AbortController().signal });
    return { exit, journal };
  };
  return { go, given, clock };
}

describe("what is read while a step isn't due", () => {
  it("is read at every resume once the pause is over, and given to the next reading", async () => {
    const { go, given, clock } = await waiting();
    assert.equal((await go("leave")).exit, 75);
    assert.equal((await go("leave")).exit, 75);
    assert.deepEqual(given, [null], "no sooner than the pause");
    await clock.sleepUntil(clock.now() + DAY / 288, new AbortController().signal);
    const { exit, journal } = await go("leave");
    assert.equal(exit, 75);
    assert.deepEqual(given, [null, { summary: "read 1", reads: 1 }]);
    assert.deepEqual(journal.progress().sample?.result, { summary: "read 2", reads: 2 });
  });

  it("is kept where a reading fails, and is what the step's own task begins with", async () => {
    const { go, given } = await waiting();
    const { exit, journal } = await go("stay");
    assert.equal(exit, 0);
    const readings = journal.events().filter(({ type }) => type === "sampled");
    assert.ok(readings.length >= 2 * 288 - 2, `${readings.length} readings`);
    assert.deepEqual(readings[2]?.data, {
      task: "key-uses",
      summary: "no pod says what it has verified",
      result: { summary: "read 2", reads: 2 },
    });
    assert.deepEqual(given[3], { summary: "read 2", reads: 2 });
    assert.deepEqual(given.at(-1), { summary: `read ${readings.length}`, reads: readings.length });
    assert.equal(journal.progress().sample, null);
  });
});
