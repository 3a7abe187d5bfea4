import assert from "node:assert/strict";
import { planOf } from "../../infra/runbooks/index.ts";
import { openJournal } from "../../infra/runner/journal.ts";
import { openChange, prepare, type Request } from "../../infra/runner/opening/open.ts";
import { prepareReplacement } from "../../infra/runner/replace.ts";
import { run } from "../../infra/runner/run.ts";
import { parseSettings } from "../../infra/settings/index.ts";
import { deployOf, firstState, manifest } from "../../verification/mocks/release-state.ts";
import { validSettings } from "../program/fixtures/settings.ts";
import { everyGate, sessionOn, steppedClock } from "./session.ts";
import { memoryStack, memoryStore, silent, tape } from "./world.ts";

const request = (version: string): Request => ({
  runbook: "deploy",
  manifest: manifest(version),
  reason: null,
  startedBy: "Ada",
});
/** Saturday; the clock of the specs begins on a Sunday. */
const CLOSED = { timeZone: "UTC", windows: [{ days: ["sat"], from: "09:00", to: "10:00" }] };

/** A stack on which a deploy of version 2 waits in its gates. */
async function underWay(settings: Record<string, unknown> = {}) {
  const base = firstState();
  const [store, clock, way] = [memoryStore(), steppedClock(), tape([])];
  const stack = memoryStack(base, way, () => undefined);
  const stopped = new AbortController();
  const gates = everyGate(() => {
    stopped.abort();
    return "hold";
  });
  const session = {
    ...sessionOn(stack, store, clock, way),
    gates,
    settings: parseSettings({ ...validSettings(), ...settings }),
    override: null,
  };
  const change = await store.open("staging", new Date(clock.now()), { stack: "staging" });
  const journal = await openJournal(store, change, clock, silent);
  const input = deployOf(base, "2");
  await journal.write("planned", null, JSON.parse(JSON.stringify(input)));
  const plan = planOf(change, input);
  await run({ session, journal, plan, whenWaiting: "leave", signal: stopped.signal });
  assert.equal((await stack.state())?.change?.id, change);
  return { session, store, change, stack, written: store.records.get(change)?.length };
}

describe("a change that is to take an open one's place", () => {
  it("is checked against where the stack will be, and the open one isn't touched by that", async () => {
    const { session, store, change, stack, written } = await underWay();
    const replacement = await prepareReplacement(session, request("3"));
    assert.equal(replacement?.replaces, change);
    assert.equal(replacement?.prepared.base.change, null);
    assert.equal(replacement?.prepared.release.manifest.version, "2026.11.22-3");
    assert.equal((await stack.state())?.change?.id, change);
    assert.equal(store.records.get(change)?.length, written);
    assert.equal(await store.askedToCallOff(change), null);
  });

  it("is refused before the open one is aborted: where a migration is missing, and where its window is closed", async () => {
    const open = await underWay();
    const without = { ...request("3"), manifest: manifest("3", { migrations: [] }) };
    await assert.rejects(prepareReplacement(open.session, without), /0001_init/);
    assert.equal((await open.stack.state())?.change?.id, open.change);
    const closed = await underWay({ changes: CLOSED });
    await assert.rejects(prepareReplacement(closed.session, request("3")), /no change may start on staging now/);
    assert.equal((await closed.stack.state())?.change?.id, closed.change);
  });

  it("is like any other where none is open", async () => {
    const { session } = await underWay();
    const stack = memoryStack(firstState(), tape([]), () => undefined);
    const free = { ...session, stack, store: memoryStore() };
    assert.equal(await prepareReplacement(free, request("3")), null);
    const { plan } = await openChange(free, await prepare(free, request("3")));
    assert.equal(plan.runbook, "deploy");
  });
});
