import assert from "node:assert/strict";
import type { Delivery } from "../../../infra/notify/index.ts";
import { verdictOf } from "../../../infra/runbooks/incident/verdict.ts";
import { tell } from "../../../infra/runner/respond/tell.ts";
import { openedDeploy, staying } from "../session.ts";

const DOWN = verdictOf([{ kind: "backend", suspect: "redis", cause: "down", evidence: ["Redis: closed"] }]);

/** An incident in which nobody was told yet, and how each message is told. */
async function incident(delivered: Delivery["delivered"]) {
  const { plan, session, journal } = await openedDeploy();
  await journal.write("look", null, { verdict: DOWN, backends: "ill", failing: [], pods: 2 });
  const sent: { key: string; attempt: string }[] = [];
  const announce: typeof session.announce = async ({ key }, attempt) => {
    sent.push({ key, attempt });
    return [{ channel: "slack", delivered, detail: "", tries: 1 }];
  };
  return { sent, journal, run: staying({ plan, journal, session: { ...session, announce } }) };
}

describe("telling of an incident", () => {
  it("is tried anew after a try that reached nobody, under the same key", async () => {
    const { sent, journal, run } = await incident("no");
    await tell(run, "Grace");
    await tell(run, "Grace");
    assert.deepEqual(
      sent.map(({ attempt }) => attempt),
      ["first", "first"],
      "a channel that takes what it gets twice is told too",
    );
    assert.equal(new Set(sent.map(({ key }) => key)).size, 1, "a channel that knows keys takes it once");
    assert.equal(journal.events().filter(({ type }) => type === "telling").length, 2);
  });

  it("is gone on with where a runner died while it told", async () => {
    const { sent, journal, run } = await incident("yes");
    await journal.write("telling", "tell", { key: "k" });
    await tell(run, "Grace");
    assert.deepEqual(
      sent.map(({ attempt }) => attempt),
      ["again"],
    );
  });
});
