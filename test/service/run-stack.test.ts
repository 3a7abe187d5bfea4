import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import type { Admission } from "../../infra/admission/admission.ts";
import { badInput } from "../../infra/errors.ts";
import type { Lease } from "../../infra/records/lease.ts";
import { openJournal } from "../../infra/runner/journal.ts";
import type { RecoverySession } from "../../infra/runner/session.ts";
import { pauseAfterFailures } from "../../infra/service/back-off.ts";
import { noFigures } from "../../infra/service/figures.ts";
import type { LogLine } from "../../infra/service/log.ts";
import { dueFor, NOTHING_KNOWN, readsMark } from "../../infra/service/look.ts";
import { runStack, type ServedStack } from "../../infra/service/run-stack.ts";
import { incidentSchema } from "../../infra/settings/incident.ts";
import { deployOf, firstState } from "../../verification/mocks/release-state.ts";
import { everyGate, sessionOn, steppedClock } from "../runner/session.ts";
import { memoryStack, memoryStore, silent, tape } from "../runner/world.ts";
import { eventually } from "../sandbox/cluster-world.ts";

const ONE_APPROVAL: Admission = {
  author: "Ada",
  quorum: 1,
  expiresAt: "2026-11-25T12:00:00.000Z",
  approvers: null,
  aliases: {},
  calendar: null,
  override: null,
};

/** A stack and a store in memory, on which deploys are opened as a command does. */
function world() {
  const base = firstState();
  const [store, clock, way] = [memoryStore(), steppedClock(), tape([])];
  const stack = memoryStack(base, way, () => undefined);
  const session: RecoverySession = {
    ...sessionOn(stack, store, clock, way),
    gates: everyGate(() => "pass"),
    override: null,
    settings: { incident: incidentSchema.parse({}) },
  };
  const opens = async (version: string, admission: Admission | null = null) => {
    const state = await stack.state();
    assert.ok(state);
    const change = await store.open("staging", new Date(clock.now()), { stack: "staging", runbook: "deploy" });
    const journal = await openJournal(store, change, clock, silent);
    if (admission !== null) await journal.write("admission", null, { ...admission });
    await journal.write("planned", null, deployOf(state, version));
    await store.markNews("staging");
    return change;
  };
  const closed = (change: string) => store.records.get(change)?.at(-1)?.type === "closed";
  return { store, session, opens, closed, clock };
}

function service(more: Partial<ServedStack> & Pick<ServedStack, "open">) {
  const [figures, lines, end] = [noFigures(), [] as LogLine[], new AbortController()];
  const ended = runStack({ stack: "staging", figures, log: (line) => lines.push(line), ...more }, end.signal);
  return {
    figures,
    lines,
    async ends() {
      end.abort();
      await ended;
    },
  };
}

describe("a service on a stack", function () {
  this.timeout(20_000);

  it("runs the change that is open, and the next one that is opened", async () => {
    const { store, session, opens, closed } = world();
    const first = await opens("2");
    const { lines, ends, figures } = service({ open: async () => session });
    await eventually("the first one's end", () => closed(first) || undefined);
    const second = await opens("3");
    await eventually("the second one's end", () => closed(second) || undefined);
    await eventually("rest", () => (figures.state === "none" && figures.change === null) || undefined);
    await ends();
    assert.equal(store.records.get(second)?.at(-1)?.data.exit, 0);
    const told = lines.filter(({ message }) => message === "ended").map(({ change, exit }) => [change, exit]);
    assert.deepEqual(told, [
      [first, 0],
      [second, 0],
    ]);
  });

  it("leaves a change to the runner that has the lease, and takes it up once that lets go", async () => {
    const { session, opens, closed, store } = world();
    const change = await opens("2");
    const holder = { host: "laptop", pid: 7, startTime: "1", change: null, at: "2026-11-22T12:00:00.000Z" };
    let held = true;
    const lease = async (): Promise<Lease> =>
      held ? { held: false, holder } : { held: true, release: async () => undefined };
    const { figures, lines, ends } = service({ open: async () => ({ ...session, store: { ...store, lease } }) });
    await eventually("that it is seen", () => figures.state === "held by another" || undefined);
    held = false;
    await eventually("its end", () => closed(change) || undefined);
    await ends();
    assert.match(lines[0]?.message ?? "", /run by another runner, process 7 on laptop/);
  });

  it("leaves a change that waits for approval alone, and goes on once it has it", async () => {
    const { session, opens, closed, store, clock } = world();
    const change = await opens("2", ONE_APPROVAL);
    const { figures, ends } = service({ open: async () => session, now: clock.now });
    await eventually("that it waits", () => figures.state === "waiting" || undefined);
    const written = store.records.get(change)?.length;
    await delay(2_500);
    assert.equal(store.records.get(change)?.length, written, "nothing more is written while it waits");
    const journal = await openJournal(store, change, clock, silent);
    await journal.write("approved", null, { by: "Grace", reason: null });
    await store.markNews("staging");
    await eventually("its end", () => closed(change) || undefined);
    await ends();
    assert.equal(store.records.get(change)?.at(-1)?.data.exit, 0);
  });

  it("takes a change back that is called off while it waits", async () => {
    const { session, opens, closed, store, clock } = world();
    const change = await opens("2", ONE_APPROVAL);
    const { figures, ends } = service({ open: async () => session, now: clock.now });
    await eventually("that it waits", () => figures.state === "waiting" || undefined);
    await store.askToCallOff(change, { by: "Grace", reason: "not today", at: "2026-11-22T12:00:00.000Z" });
    await store.markNews("staging");
    await eventually("its end", () => closed(change) || undefined);
    await ends();
    assert.equal(store.records.get(change)?.at(-1)?.data.exit, 1);
  });

  it("tells what goes wrong, tries again later, and at once on news", async () => {
    const { session, opens, closed, store } = world();
    const change = await opens("2");
    let away = true;
    const { figures, lines, ends } = service({
      open: async () => session,
      now: () => Date.now(),
    });
    await eventually("its end", () => closed(change) || undefined);
    const newsMark = store.newsMark;
    store.newsMark = (stack) => (away ? Promise.reject(badInput("the store is away")) : newsMark(stack));
    await eventually("that it is told", () => figures.state === "failing" || undefined);
    away = false;
    const next = await opens("3");
    await eventually("its end", () => closed(next) || undefined);
    await eventually("that it is over", () => figures.failing === 0 || undefined);
    await ends();
    const told = lines.find(({ level }) => level === "error");
    assert.deepEqual([told?.problems, told?.exit], [["the store is away"], 2]);
  });
});

describe("what is due for a stack", () => {
  const known = { ...NOTHING_KNOWN, mark: "a", lookedAt: 0 };

  it("is a look at the start and on news, whatever has failed", () => {
    assert.equal(dueFor(NOTHING_KNOWN, null, 0), "look");
    assert.equal(dueFor({ ...known, failures: 9, retryAt: 1e9 }, "b", 1), "look");
  });

  it("is nothing while nothing is new, and a look now and then all the same", () => {
    assert.equal(dueFor(known, "a", 60_000), "nothing");
    assert.equal(dueFor(known, "a", 300_000), "look");
  });

  it("is nothing less where the clock was set back or forward", () => {
    const hour = 3_600_000;
    assert.equal(dueFor({ ...known, lookedAt: hour }, "a", 0), "look");
    assert.equal(dueFor({ ...known, failures: 1, retryAt: hour }, "a", 0), "look");
    assert.equal(dueFor({ ...known, failures: 1, retryAt: 15_000 }, "a", 0), "nothing");
  });

  it("is no look at the mark before the next try where it couldn't be read, however the clock is set", () => {
    const hour = 3_600_000;
    assert.equal(readsMark({ isBlind: true, retryAt: 15_000 }, 14_999), false);
    assert.equal(readsMark({ isBlind: true, retryAt: 15_000 }, 15_000), true);
    assert.equal(readsMark({ isBlind: true, retryAt: hour }, 0), true);
    assert.equal(readsMark({ isBlind: false, retryAt: 15_000 }, 0), true);
  });

  it("is the change that waits, once its time has come", () => {
    const waiting = { change: "CHG-2026-11-22-001", until: 5_000, seq: 3 };
    assert.equal(dueFor({ ...known, waiting }, "a", 4_999), "nothing");
    assert.equal(dueFor({ ...known, waiting }, "a", 5_000), "go on");
  });

  it("waits longer with each failure, at most 15 seconds, and five minutes where a person is asked for", () => {
    const pauses = [1, 2, 3, 20, 10_000].map((failures) => pauseAfterFailures(failures, { stuck: false }));
    assert.deepEqual(pauses, [1_000, 2_000, 4_000, 15_000, 15_000]);
    const stuck = [1, 2, 20].map((failures) => pauseAfterFailures(failures, { stuck: true }));
    assert.deepEqual(stuck, [5_000, 10_000, 300_000]);
  });
});
