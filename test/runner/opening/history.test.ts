import assert from "node:assert/strict";
import { type ReleaseState, stableRelease } from "../../../infra/domain/releases.ts";
import { type ChangeEvent, changeId, headAfter, NO_HEAD, seal } from "../../../infra/records/events.ts";
import { outlineOf } from "../../../infra/records/outline.ts";
import { eventsOf } from "../../../infra/records/reading.ts";
import { planOf, type RunbookInput } from "../../../infra/runbooks/index.ts";
import { historyOf, readHistory } from "../../../infra/runner/opening/history.ts";
import { firstState, manifest, nextRelease } from "../../../verification/mocks/release-state.ts";

const DAY = new Date("2026-11-22T12:00:00Z");
const timing = { interval: 10, gateTimeout: 30, drain: 5 };
const PASSED = { answer: "pass", gate: "pods", memory: null };

/** A deploy of the next version that went all the way, with a verdict between any two of its events. */
function deployed(base: ReleaseState, number: number): { state: ReleaseState; events: ChangeEvent[] } {
  const change = changeId(DAY, number);
  const release = nextRelease(base, manifest(String(number + 1)));
  const soak = { nominal: 1, wall: 1 };
  const input: RunbookInput = { runbook: "deploy", base, release, onCall: "Ada", timing, soak };
  const moving = planOf(change, input).steps.flatMap((step) => (step.touches === "nothing" ? [] : [step]));
  const drafts = [
    { step: null, type: "opened", data: {} },
    { step: null, type: "planned", data: input },
    ...moving.map(({ name }) => ({ step: name, type: "updated", data: { weights: {} } })),
    { step: null, type: "closed", data: { exit: 0, outcome: "done" } },
  ].flatMap((draft) => [{ step: null, type: "gate", data: PASSED }, draft]);
  let head = NO_HEAD;
  const events = drafts.slice(1).map((draft) => {
    const event = seal(change, head, { at: DAY.toISOString(), ...draft });
    head = headAfter(event, 0);
    return event;
  });
  return { state: moving.reduce((before, step) => step.move(before), base), events };
}

/** So many deploys one after another, the oldest first, and the state after them. */
function deploys(count: number, from = firstState()) {
  let state = from;
  const records = Array.from({ length: count }, (_, index) => {
    const done = deployed(state, index + 1);
    state = done.state;
    return done.events;
  });
  return { state, records };
}

/** A store of records that tells which of them were read, and how many at the most at once. */
function storeOf(records: readonly ChangeEvent[][]) {
  const byId = new Map(records.map((events) => [events[0]?.change ?? "", events]));
  const read: string[] = [];
  const reading = { now: 0, most: 0 };
  const store = {
    ofStack: async () => [...byId.keys()],
    async outline(change: string) {
      read.push(change);
      reading.now += 1;
      reading.most = Math.max(reading.most, reading.now);
      await new Promise((resolve) => setImmediate(resolve));
      reading.now -= 1;
      const lines = (byId.get(change) ?? []).map((event) => JSON.stringify(event));
      return eventsOf(change, outlineOf(lines));
    },
  };
  return { session: { store, stack: { name: "staging" } }, read, reading };
}

describe("the history of a stack", () => {
  it("comes to the same from what the changes did as from their whole records", async () => {
    const { state, records } = deploys(20);
    const { session, reading } = storeOf(records);
    const history = await readHistory(session, state);
    assert.equal(history.releases.length, 21);
    assert.deepEqual(history, historyOf(state, records.toReversed()));
    assert.ok(reading.most <= 8, `${reading.most} records were read at once`);
  });

  it("reads no record behind the one where it ends", async () => {
    const { records } = deploys(30);
    const other = storeOf(records);
    assert.deepEqual((await readHistory(other.session, firstState(manifest("7")))).releases, []);
    assert.deepEqual(
      other.read,
      records
        .slice(-8)
        .flatMap(([first]) => first?.change ?? [])
        .reverse(),
      "those that were read beside it, and none after them",
    );
  });

  it("ends where a record leads to none of the releases that are known, and keeps what it had", async () => {
    const older = deploys(12, firstState(manifest("7")));
    const { state, records } = deploys(3);
    const newer = records.map((events) => events.map((event) => ({ ...event, change: `${event.change}9` })));
    const { session, read } = storeOf([...older.records, ...newer]);
    const history = await readHistory(session, state);
    assert.deepEqual(history.releases, historyOf(state, newer.toReversed()).releases);
    assert.ok(history.releases.some(({ release }) => release.id === stableRelease(firstState()).id));
    assert.equal(read.length, 8);
  });
});
