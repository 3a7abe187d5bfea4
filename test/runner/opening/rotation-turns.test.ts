import assert from "node:assert/strict";
import { repinned } from "../../../infra/domain/generations.ts";
import { stableRelease } from "../../../infra/domain/releases.ts";
import { type ChangeEvent, headAfter, NO_HEAD, seal } from "../../../infra/records/events.ts";
import { repinnedRelease } from "../../../infra/runbooks/rotate/plan.ts";
import { turnLeft, turnsAfter } from "../../../infra/runner/opening/rotation-turns.ts";
import { firstState } from "../../../verification/mocks/release-state.ts";

type Kept = { stack: string; runbook?: string; afterwards?: string[]; outcome?: string; isPlanned?: boolean };

/** A rotation's record, as far as it matters who is next. */
function recordOf(
  change: string,
  { stack, runbook = "rotate", afterwards, outcome, isPlanned = runbook === "rotate" }: Kept,
): ChangeEvent[] {
  const base = firstState();
  const stable = stableRelease(base);
  const wait = { nominal: 10, wall: 10 };
  const input = {
    runbook: "rotate",
    base,
    release: repinnedRelease(stable, repinned(stable, "SESSION_SECRET", "g2"), { change, onCall: "Ada" }),
    onCall: "Ada",
    timing: { interval: 10, gateTimeout: 30, drain: 5 },
    rotation: {
      secret: "SESSION_SECRET",
      old: "g1",
      next: "g2",
      handedOver: null,
      urgency: "compromised",
      unusedFor: 10,
    },
    createdOn: "2026-11-23T12:00:00.000Z",
    mintedBy: "program",
    revokedBy: "stack",
    weights: [100],
    stepFor: 10,
    soak: wait,
    longestSession: wait,
    sessions: "ended",
  };
  const drafts = [
    {
      type: "opened",
      data: { stack, runbook, startedBy: "Ada", reason: "found", ...(afterwards ? { afterwards } : {}) },
    },
    ...(isPlanned ? [{ type: "planned", data: JSON.parse(JSON.stringify(input)) }] : []),
    ...(outcome === undefined ? [] : [{ type: "closed", data: { exit: 0, outcome, summary: "" } }]),
  ];
  let head = NO_HEAD;
  return drafts.map((draft) => {
    const event = seal(change, head, { at: "2026-11-23T12:00:00.000Z", step: null, ...draft });
    head = headAfter(event, 0);
    return event;
  });
}

function storeOf(...kept: Kept[]) {
  const records = kept.map((one, index) => [`CHG-2026-11-23-00${index + 1}`, one] as const);
  const outline = async (id: string) =>
    records.filter(([name]) => name === id).flatMap(([name, one]) => recordOf(name, one));
  return {
    ofStack: async (stack: string) => records.filter(([, one]) => one.stack === stack).map(([id]) => id),
    outline,
    async ends(id: string) {
      const events = await outline(id);
      const [first, last] = [events[0], events.at(-1)];
      if (first === undefined || last === undefined) throw new Error(`${id} has no event`);
      return { first, last };
    },
  };
}

const pair = { stack: "staging", afterwards: ["production"] };
const turn = (...kept: Kept[]) => turnLeft(storeOf(...kept), "staging", "production");

describe("a rotation of two stacks", () => {
  it("leaves the second one its turn once the first has passed, with all that was asked for", async () => {
    assert.deepEqual(
      await turn({ ...pair, outcome: "done" }, { stack: "staging", runbook: "deploy" }, { stack: "production" }),
      {
        secret: "SESSION_SECRET",
        value: null,
        urgency: "compromised",
        sessions: "ended",
        afterwards: [],
        reason: "found",
        startedBy: "Ada",
      },
    );
  });

  it("leaves nothing while the first is under way, where it was brought back, or where another came after it", async () => {
    assert.equal(await turn(pair), null);
    assert.equal(await turn({ ...pair, outcome: "restored" }), null);
    assert.equal(await turn({ ...pair, outcome: "done" }, { stack: "staging", outcome: "done" }), null);
    assert.equal(await turn({ stack: "staging", afterwards: ["elsewhere"], outcome: "done" }), null);
  });

  it("leaves the second one its turn where another was cut off after it, before it had a plan", async () => {
    const cutOff = { stack: "staging", isPlanned: false };
    for (const after of [cutOff, { ...cutOff, outcome: "restored" }]) {
      assert.equal((await turn({ ...pair, outcome: "done" }, after))?.secret, "SESSION_SECRET");
    }
  });

  it("is told by its record alone", () => {
    assert.deepEqual(turnsAfter(recordOf("CHG-2026-11-23-001", pair)), ["production"]);
    assert.deepEqual(turnsAfter(recordOf("CHG-2026-11-23-001", { stack: "staging" })), []);
    assert.deepEqual(turnsAfter([]), []);
  });
});
