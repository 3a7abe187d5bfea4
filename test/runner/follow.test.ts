import assert from "node:assert/strict";
import { Refusal } from "../../infra/errors.ts";
import type { ChangeEvent } from "../../infra/records/events.ts";
import { followChange } from "../../infra/runner/follow.ts";
import { openJournal } from "../../infra/runner/journal.ts";
import { findService, isSeen, readService, serviceIn } from "../../infra/runner/running-service.ts";
import { deployOf, firstState } from "../../verification/mocks/release-state.ts";
import { eventually } from "../sandbox/cluster-world.ts";
import { sessionOn, steppedClock } from "./session.ts";
import { memoryStack, memoryStore, silent, tape } from "./world.ts";

/** A deploy that somebody else runs: what is written into its record is theirs. */
async function followed() {
  const base = firstState();
  const [store, clock, way] = [memoryStore(), steppedClock(), tape([])];
  const change = await store.open("staging", new Date(clock.now()), { stack: "staging", runbook: "deploy" });
  const theirs = await openJournal(store, change, clock, silent);
  await theirs.write("planned", null, deployOf(base, "2"));
  const shown: ChangeEvent[] = [];
  const reporter = { ...silent, event: (event: ChangeEvent) => void shown.push(event) };
  const session = {
    ...sessionOn(
      memoryStack(base, way, () => undefined),
      store,
      clock,
      way,
    ),
    reporter,
  };
  return { change, theirs, shown, session, clock };
}

describe("a change that is followed while another process runs it", function () {
  this.timeout(20_000);
  const signal = new AbortController().signal;
  const isRunning = async () => true;

  it("is shown event by event, each once, and ends as its record does", async () => {
    const { change, theirs, shown, session } = await followed();
    const following = followChange(session, change, { after: 1, signal, isRunning });
    await eventually("the first events", () => (shown.length === 1 ? shown : undefined));
    await theirs.write("step-started", "release", { title: "start" });
    await theirs.write("closed", null, { exit: 1, outcome: "restored", summary: "" });
    const { journal, result } = await following;
    assert.deepEqual(result, { exit: 1, resumeAt: null });
    assert.deepEqual(
      shown.map(({ seq }) => seq),
      [2, 3, 4],
    );
    assert.equal(journal.events().at(-1)?.type, "closed");
  });

  it("asks for a person where its runner does, with 70", async () => {
    const { change, theirs, session } = await followed();
    const following = followChange(session, change, { after: 2, signal, isRunning });
    await theirs.write("stuck", "release", { what: "the restore", problems: ["the engine said no"] });
    await assert.rejects(following, (error) => {
      assert.ok(error instanceof Refusal);
      assert.equal(error.exit, 70);
      assert.match(error.message, /a person is needed: the restore failed\nthe engine said no/);
      return true;
    });
  });

  it("asks for a person where its runner finds the stack changed, also where it had found that before", async () => {
    const { change, theirs, session, clock } = await followed();
    const refusedWith = (exit: number, text: RegExp) => (error: unknown) =>
      error instanceof Refusal && error.exit === exit && text.test(error.message);
    const moved = { what: "stack staging was changed by hand", expected: "a 100 %", found: "b 100 %" };
    const found = refusedWith(
      70,
      /left at a 100 %, and is now at b 100 %; nothing was overwritten\nAda is needed: restore/,
    );
    const following = followChange(session, change, { after: 2, signal, isRunning });
    await theirs.write("moved", null, { ...moved, holder: null });
    await assert.rejects(following, found);
    let asked = 0;
    const later = { ...clock, now: () => clock.now() + 3_600_000 * ++asked };
    await assert.rejects(followChange({ ...session, clock: later }, change, { after: 3, signal, isRunning }), found);
    const another = followChange(session, change, { after: 3, signal, isRunning });
    await theirs.write("moved", null, { ...moved, holder: "CHG-2026-11-22-009" });
    await assert.rejects(another, refusedWith(4, /wait until CHG-2026-11-22-009 has ended/));
  });

  it("is left where nobody runs it any more, and where the command is told to leave", async () => {
    const { change, session, clock } = await followed();
    let hours = 0;
    const later = {
      ...clock,
      now: () => {
        hours += 1;
        return clock.now() + 3_600_000 * hours;
      },
    };
    const left = await followChange({ ...session, clock: later }, change, {
      after: 2,
      signal,
      isRunning: async () => false,
    });
    assert.equal(left.result, "abandoned");
    const told = await followChange(session, change, { after: 2, signal: AbortSignal.abort(), isRunning });
    assert.equal(told.result === "abandoned" ? null : told.result.exit, 75);
  });
});

describe("the service that runs a stack's changes", () => {
  const lease = {
    holder: "runbooks-7d9f-x/1/boot",
    seconds: 9,
    acquiredAt: "2026-11-27T11:00:00.000000Z",
    renewedAt: "2026-11-27T12:00:00.000000Z",
    transitions: 1,
    annotations: { "runbooks.dev/looked-at": "2026-11-27T11:59:59.000Z" },
  };
  const now = Date.parse(lease.renewedAt);
  const asking = (read: () => Promise<typeof lease | null>) => ({
    stack: { name: "production" },
    settings: { cluster: { namespace: "app-production" } },
    kubernetes: { lease: read },
  });

  it("is seen until twice its time has passed without a renewal, and not where the Lease was given back", () => {
    assert.ok(isSeen(lease, now + 18_000));
    assert.ok(!isSeen(lease, now + 18_001));
    assert.ok(isSeen(lease, now - 60_000), "a clock that is behind");
    assert.ok(!isSeen({ ...lease, holder: "" }, now));
    assert.deepEqual(serviceIn(lease), {
      who: "process 1 on runbooks-7d9f-x",
      since: lease.acquiredAt,
      lookedAt: "2026-11-27T11:59:59.000Z",
    });
  });

  it("isn't known of where the Lease can't be read, or there is none", async () => {
    assert.equal(await readService(asking(() => Promise.reject(new Error("403")))), null);
    assert.equal(await readService(asking(async () => null)), null);
    assert.equal(
      (
        await readService(
          asking(async () => lease),
          now,
        )
      )?.who,
      "process 1 on runbooks-7d9f-x",
    );
  });

  it("is looked at twice by whoever would hand a change over, where this machine's clock says that it is old", async () => {
    let renewals = 0;
    const renewing = asking(async () => {
      renewals += 1;
      return { ...lease, renewedAt: `2020-01-01T00:00:0${renewals}.000000Z` };
    });
    const [alive, dead] = await Promise.all([
      findService(renewing),
      findService(asking(async () => ({ ...lease, renewedAt: "2020-01-01T00:00:00.000000Z" }))),
    ]);
    assert.equal(alive?.who, "process 1 on runbooks-7d9f-x");
    assert.equal(dead, null);
  }).timeout(15_000);
});
