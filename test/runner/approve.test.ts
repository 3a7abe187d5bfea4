import assert from "node:assert/strict";
import { Refusal } from "../../infra/errors.ts";
import type { EventData } from "../../infra/records/events.ts";
import { approve } from "../../infra/runner/approve.ts";
import { openJournal } from "../../infra/runner/journal.ts";
import { deployOf, firstState } from "../../verification/mocks/release-state.ts";
import { sessionOn, steppedClock } from "./session.ts";
import { memoryStack, memoryStore, silent, tape } from "./world.ts";

const ADMISSION = {
  author: "Ada",
  quorum: 0,
  expiresAt: "2026-11-22T11:00:00.000Z",
  approvers: ["Grace", "Ada"],
  aliases: { Grace: ["grace@example.com"] },
  calendar: null,
  override: null,
};

/** A deploy whose release no user has judged: it waits for a person. */
async function alone(admission: EventData | null) {
  const base = firstState();
  const [store, clock, way] = [memoryStore(), steppedClock(), tape([])];
  const stack = memoryStack(base, way, () => undefined);
  const session = sessionOn(stack, store, clock, way);
  const opened = { stack: "staging", runbook: "deploy", startedBy: "Ada" };
  const change = await store.open("staging", new Date(clock.now()), opened);
  const journal = await openJournal(store, change, clock, silent);
  if (admission !== null) await journal.write("admission", null, admission);
  await journal.write("planned", null, deployOf(base, "2"));
  await journal.write("step-started", "release", { title: "start it" });
  await journal.write("round", "release", { answer: "hold", holding: [], waitsFor: "person" });
  const by = (name: string) => approve(session, { change, by: name, reason: null });
  const approvals = async () => (await store.read(change)).filter(({ type }) => type === "approved").length;
  return { by, approvals };
}

const refusedWith = (text: RegExp) => (error: unknown) =>
  error instanceof Refusal && error.exit === 2 && text.test(error.message);

describe("a release that no user has judged", () => {
  it("is approved by those alone whom the change's own rules name, and never by its author", async () => {
    const { by, approvals } = await alone(ADMISSION);
    await assert.rejects(by("Bob"), refusedWith(/Bob is not among the approvers of the settings \(Grace, Ada\)/));
    await assert.rejects(by("ada"), refusedWith(/ada is the author \(Ada\): somebody else must approve/));
    await assert.rejects(by("  "), refusedWith(/no approver is named: give --as NAME/));
    assert.equal(await approvals(), 0);
    assert.deepEqual(await by("grace@example.com"), { given: 1, quorum: 1, isNew: true });
    assert.equal(await approvals(), 1);
  });

  it("is approved by anybody but the author where no rule names them", async () => {
    for (const admission of [null, { ...ADMISSION, approvers: null }]) {
      const { by, approvals } = await alone(admission);
      await assert.rejects(by("ADA"), refusedWith(/is the author/));
      await assert.rejects(by(""), refusedWith(/no approver is named/));
      await by("Bob");
      assert.equal(await approvals(), 1);
    }
  });
});
