import assert from "node:assert/strict";
import { waitingChange } from "../../infra/change/waiting.ts";
import { memoryStore } from "../runner/world.ts";

const NOW = Date.parse("2026-11-23T12:00:00Z");
const HOUR = 3_600_000;

async function storeWith(...drafts: { type: string; data?: object }[]) {
  const store = memoryStore();
  const opened = { stack: "production", runbook: "promote", onCall: "Ada", startedBy: "Ada" };
  const id = await store.open("production", new Date(NOW), opened);
  for (const [index, { type, data = {} }] of drafts.entries()) {
    await store.append(id, index + 2, { at: new Date(NOW).toISOString(), step: null, type, data: { ...data } });
  }
  return { store, id };
}

const admission = {
  type: "admission",
  data: {
    author: "Ada",
    quorum: 1,
    expiresAt: new Date(NOW + HOUR).toISOString(),
    approvers: null,
    aliases: {},
    calendar: null,
    override: null,
  },
};

describe("the change that waits on a stack", () => {
  it("is one that was opened and hasn't begun", async () => {
    const { store, id } = await storeWith(admission);
    assert.deepEqual(await waitingChange(store, "production", NOW), { id, runbook: "promote", onCall: "Ada" });
    assert.equal(await waitingChange(store, "staging", NOW), null);
  });

  it("isn't one that has begun, was called off, has ended, or came too late", async () => {
    const ends = [
      { type: "step-started", data: { title: "start" } },
      { type: "abort-requested", data: { reason: "no" } },
      { type: "closed", data: { exit: 1, outcome: "restored" } },
    ];
    for (const end of ends) {
      const { store } = await storeWith(admission, end);
      assert.equal(await waitingChange(store, "production", NOW), null, end.type);
    }
    const { store } = await storeWith(admission);
    assert.equal(await waitingChange(store, "production", NOW + HOUR), null);
  });
});
