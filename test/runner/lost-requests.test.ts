import assert from "node:assert/strict";
import { isSettled } from "../../infra/metrics/own-requests.ts";
import { recover } from "../../infra/runner/recovery.ts";
import { openedDeploy } from "./session.ts";

/** Longer than a request of a runner that died may still be under way, and than counters take to show it, in milliseconds. */
const LATER = 60_000;

describe("what a runner was sending when it died", () => {
  it("is unclear for a while to whoever recovers its change, and not for good: else no gate that counts would ever look again", async () => {
    const { plan, session, journal } = await openedDeploy();
    await journal.write("requests-begun", "release", {});
    assert.equal(isSettled(journal.progress().own, session.clock.now() + LATER), false);
    await recover({ session, journal, plan, signal: new AbortController().signal, whenWaiting: "stay" });
    const { own } = journal.progress();
    const now = session.clock.now();
    assert.equal(isSettled(own, now), false, "it may not have arrived yet");
    assert.equal(isSettled(own, now + LATER), true);
    assert.equal(own.bursts.at(-1)?.after.unclear, 1, "nobody knows how many they were");
  });

  it("is said once, and nothing is where nothing was being sent", async () => {
    const { plan, session, journal } = await openedDeploy();
    const run = { session, journal, plan, signal: new AbortController().signal, whenWaiting: "stay" } as const;
    await journal.write("requests-begun", "release", {});
    await recover(run);
    const { length } = journal.events();
    await recover(run);
    assert.equal(journal.events().length, length);
  });
});
