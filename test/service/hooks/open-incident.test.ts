import assert from "node:assert/strict";
import { EXIT, Refusal } from "../../../infra/errors.ts";
import { thisProcess } from "../../../infra/records/lease.ts";
import { openJournal } from "../../../infra/runner/journal.ts";
import { unclosedChange } from "../../../infra/runner/resume.ts";
import type { Alert } from "../../../infra/service/hooks/alert.ts";
import { openIncident } from "../../../infra/service/hooks/open-incident.ts";
import { parseSettings } from "../../../infra/settings/index.ts";
import { deployOf, firstState } from "../../../verification/mocks/release-state.ts";
import { validSettings } from "../../program/fixtures/settings.ts";
import { steppedClock } from "../../runner/session.ts";
import { memoryStack, memoryStore, silent, tape } from "../../runner/world.ts";

const ALERT: Alert = { source: "alertmanager", key: "f1/1", title: "no connections", stack: "staging", alarm: null };
/** How long the lease is waited for here, in milliseconds; it is tried twice. */
const WITHIN = 100;

/** A stack without a change, whose lease is somebody else's as long as `isBusy`; each write that `isAway` names fails. */
function world() {
  const [store, clock] = [memoryStore(), steppedClock()];
  const stack = memoryStack(firstState(), tape([]), () => undefined);
  const settings = parseSettings(validSettings());
  const session = { stack, store, clock, reporter: silent, settings, onCall: "Ada", override: null };
  const faults = { isAway: (_type: string): boolean => false, isBusy: (): boolean => false };
  const { append, lease, markNews } = store;
  const away = () => new Refusal({ exit: EXIT.stuck, problems: ["the store is away"] });
  store.append = async (change, seq, draft) => {
    if (faults.isAway(draft.type)) throw away();
    return append(change, seq, draft);
  };
  store.markNews = async (name) => {
    if (faults.isAway("mark")) throw away();
    return markNews(name);
  };
  const holder = thisProcess(null);
  store.lease = async (name, claiming) => (faults.isBusy() ? { held: false, holder } : lease(name, claiming));
  const opens = (alert = ALERT) => openIncident(session, alert, WITHIN);
  const outcomes = async () =>
    Promise.all(
      [...store.records.keys()].map(async (change) => {
        const { closed } = (await openJournal(store, change, clock, silent)).progress();
        return closed?.outcome ?? "open";
      }),
    );
  /** Another change, as it stands before its plan is written. */
  const unplanned = () =>
    store.open("staging", new Date(clock.now()), { stack: "staging", runbook: "deploy", onCall: "Ada" });
  const planned = async () => {
    const journal = await openJournal(store, await unplanned(), clock, silent);
    await journal.write("planned", null, JSON.parse(JSON.stringify(deployOf(firstState(), "2"))));
    return journal.change;
  };
  return { store, faults, opens, outcomes, unplanned, planned };
}

describe("an alert that is sent again", () => {
  it("opens its incident where the store failed before the plan, and ends what was opened in vain", async () => {
    const { store, faults, opens, outcomes } = world();
    faults.isAway = (type) => type === "planned";
    await assert.rejects(opens(), /the store is away/);
    faults.isAway = () => false;
    const { kind, change } = await opens();
    assert.deepEqual([kind, await unclosedChange(store, "staging")], ["opened", change]);
    assert.deepEqual(await outcomes(), ["restored", "open"]);
  });

  it("opens its incident where the service has ended the one without a plan since", async () => {
    const { faults, opens, outcomes } = world();
    faults.isAway = (type) => type === "planned" || type === "closed";
    await assert.rejects(opens(), /the store is away/);
    await assert.rejects(opens(), /the store is away/, "what can't be ended now is in the way");
    faults.isAway = (type) => type === "planned";
    await assert.rejects(opens(), /the store is away/);
    faults.isAway = () => false;
    const { kind, change } = await opens();
    assert.equal(kind, "opened");
    assert.deepEqual(await outcomes(), ["restored", "restored", "open"]);
    assert.deepEqual(await opens(), { kind: "known", change });
    assert.deepEqual(await opens({ ...ALERT, key: "f2/1" }), { kind: "held", change });
  });

  it("is told to the service where the mark of news had failed", async () => {
    const { store, faults, opens } = world();
    faults.isAway = (type) => type === "mark";
    await assert.rejects(opens(), /the store is away/);
    faults.isAway = () => false;
    assert.equal(await store.newsMark("staging"), null);
    assert.equal((await opens()).kind, "known");
    assert.notEqual(await store.newsMark("staging"), null);
  });
});

describe("an alert for a stack on which another change", () => {
  it("was opened by somebody who died before its plan opens its incident", async () => {
    const { opens, outcomes, unplanned } = world();
    await unplanned();
    assert.equal((await opens()).kind, "opened");
    assert.deepEqual(await outcomes(), ["restored", "open"]);
  });

  it("is under way is held by it, whoever has the lease", async () => {
    const { faults, opens, planned } = world();
    const change = await planned();
    assert.deepEqual(await opens(), { kind: "held", change });
    faults.isBusy = () => true;
    assert.deepEqual(await opens(), { kind: "held", change });
  });

  it("is being prepared is to be sent again", async () => {
    const { faults, opens } = world();
    faults.isBusy = () => true;
    const refused = await opens().catch((error: unknown) => error);
    assert.ok(refused instanceof Refusal);
    assert.equal(refused.exit, EXIT.busy);
  });

  it("is being prepared for a moment alone waits for it", async () => {
    const { faults, opens } = world();
    let tries = 0;
    faults.isBusy = () => {
      tries += 1;
      return tries === 1;
    };
    assert.equal((await opens()).kind, "opened");
    assert.equal(tries, 2);
  });

  it("is opened while it waits is held by that", async () => {
    const { faults, opens, planned } = world();
    faults.isBusy = () => true;
    const held = opens();
    const change = await planned();
    assert.deepEqual(await held, { kind: "held", change });
  });
});
