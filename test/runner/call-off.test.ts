import assert from "node:assert/strict";
import fc from "fast-check";
import { weightsOf } from "../../infra/domain/releases.ts";
import { Refusal } from "../../infra/errors.ts";
import { thisProcess } from "../../infra/records/lease.ts";
import { planOf } from "../../infra/runbooks/index.ts";
import { withLeaseOrAsk } from "../../infra/runner/ask-call-off.ts";
import { openJournal } from "../../infra/runner/journal.ts";
import { run } from "../../infra/runner/run.ts";
import { deployOf, firstState } from "../../verification/mocks/release-state.ts";
import { everyGate, sessionOn, steppedClock } from "./session.ts";
import { memoryStack, memoryStore, silent, tape } from "./world.ts";

const ASKED = { by: "Grace", reason: "users complain", at: "2026-11-22T12:00:00.000Z" };
const STAY = { whenWaiting: "stay", signal: new AbortController().signal } as const;

/** A deploy that is run by one runner, and called off by somebody else at one of its looks. */
async function calledOffAt(look: number) {
  const base = firstState();
  const [store, clock, way] = [memoryStore(), steppedClock(), tape([])];
  const change = await store.open("staging", new Date(clock.now()), {});
  const stack = memoryStack(base, way, () => undefined);
  const plan = planOf(change, deployOf(base, "2"));
  const journal = await openJournal(store, change, clock, silent);
  let looks = 0;
  const gates = everyGate(() => {
    looks += 1;
    if (looks === look) void store.askToCallOff(change, ASKED);
    return "pass";
  });
  const { exit } = await run({ session: { ...sessionOn(stack, store, clock, way), gates }, journal, plan, ...STAY });
  return { exit, journal, stack, base, looks };
}

describe("a change that somebody calls off while another runner runs it", () => {
  it("goes back at the next thing that is decided, with who asked and why in its record", async () => {
    const { exit, journal, stack, base } = await calledOffAt(3);
    assert.equal(exit, 1);
    const stands = await stack.state();
    assert.ok(stands !== null);
    assert.deepEqual(weightsOf(stands), weightsOf(base));
    const asked = journal.events().filter(({ type }) => type === "abort-requested");
    assert.deepEqual(
      asked.map(({ data }) => data.reason),
      ["aborted by Grace: users complain"],
    );
  });

  it("goes back, or is done where it had come too far, whenever it is asked", async () => {
    const { looks } = await calledOffAt(0);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: looks }), async (look) => {
        const { exit, journal } = await calledOffAt(look);
        const wrote = journal.events().some(({ type }) => type === "abort-requested");
        assert.equal(exit, wrote ? 1 : 0);
      }),
      { seed: 142, numRuns: 40 },
    );
  });
});

describe("whoever calls off a change that another runner runs", () => {
  /** A session whose lease another process has for the first tries, and a deploy that it has opened and not planned yet. */
  async function opened(tries: number) {
    const base = firstState();
    const [memory, clock, way] = [memoryStore(), steppedClock(), tape([])];
    const holder = thisProcess(null);
    let left = tries;
    const store: typeof memory = {
      ...memory,
      lease: async () => {
        left -= 1;
        return left >= 0 ? { held: false, holder } : { held: true, release: async () => undefined };
      },
    };
    const change = await store.open("staging", new Date(clock.now()), { stack: "staging" });
    const journal = await openJournal(store, change, clock, silent);
    const input = deployOf(base, "2");
    const plans = () => journal.write("planned", null, JSON.parse(JSON.stringify(input)));
    const session = {
      ...sessionOn(
        memoryStack(base, way, () => undefined),
        store,
        clock,
        way,
      ),
    };
    return { session, store, change, journal, plans };
  }
  /** The same with the deploy under way. */
  async function underWay(tries: number) {
    const deploy = await opened(tries);
    await deploy.plans();
    return deploy;
  }
  const asking = {
    abort: { by: "Grace", reason: "users complain" },
    signal: new AbortController().signal,
    mayAsk: () => undefined,
    tell: () => undefined,
  };

  it("asks once, waits for the lease, and is given the change that has ended", async () => {
    const { session, store, change, journal } = await underWay(3);
    const told: string[] = [];
    // The other runner goes back as soon as it is asked.
    const tell = (text: string) => {
      told.push(text);
      void journal.write("closed", null, { exit: 1, outcome: "restored", summary: "back" });
    };
    const exit = await withLeaseOrAsk(
      session,
      { ...asking, tell },
      async (ended) => ended?.journal.progress().closed?.exit ?? null,
    );
    assert.equal(exit, 1);
    assert.deepEqual((await store.askedToCallOff(change))?.by, "Grace");
    assert.equal(told.filter((text) => text.includes(change)).length, 1);
  });

  it("calls it off itself where the other runner has died", async () => {
    const { session } = await underWay(1);
    assert.equal(await withLeaseOrAsk(session, asking, async (ended) => ended), null);
  });

  it("needs to ask nobody where the lease is free", async () => {
    const { session, store, change } = await underWay(0);
    assert.equal(await withLeaseOrAsk(session, asking, async (ended) => ended), null);
    assert.equal(await store.askedToCallOff(change), null);
  });

  it("waits a little for a runner without a change, and asks it where it opens one meanwhile", async () => {
    const idle = await underWay(4);
    await idle.journal.write("closed", null, { exit: 0, outcome: "done", summary: "done" });
    assert.equal(await withLeaseOrAsk(idle.session, asking, async (ended) => ended), null);
    const { session, store, change, plans } = await opened(4);
    const { lease } = store;
    let tries = 0;
    store.lease = async (stack, claiming) => {
      tries += 1;
      if (tries === 2) await plans();
      return lease(stack, claiming);
    };
    assert.equal(await withLeaseOrAsk(session, asking, async (ended) => ended), null);
    assert.equal((await store.askedToCallOff(change))?.by, "Grace");
  }).timeout(10_000);

  it("is refused at once where the other runner has just ended its change: the stack isn't as it was seen any more", async () => {
    const { session, journal, store } = await underWay(Number.POSITIVE_INFINITY);
    const holder = { ...thisProcess(null), at: journal.events()[0]?.at ?? "" };
    store.lease = async () => ({ held: false, holder });
    await journal.write("closed", null, { exit: 1, outcome: "restored", summary: "back" });
    await assert.rejects(
      withLeaseOrAsk(session, asking, async (ended) => ended),
      (error) => error instanceof Refusal && error.exit === 4 && /has just ended on staging/.test(error.message),
    );
  });

  it("is refused where the other runner has no change all that time", async () => {
    const { session, journal } = await underWay(Number.POSITIVE_INFINITY);
    await journal.write("closed", null, { exit: 0, outcome: "done", summary: "done" });
    await assert.rejects(
      withLeaseOrAsk(session, asking, async (ended) => ended, 600),
      (error) => error instanceof Refusal && error.exit === 4 && /another runner is at work/.test(error.message),
    );
  });
});
