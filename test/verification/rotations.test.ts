import assert from "node:assert/strict";
import { isAsItShould, type Manner, type Rotated } from "../../verification/rotations/table.ts";

const USERS = 20;
const untouched = { sent: 40_000, failed: 0, sessions: USERS, lostSessions: 0, lostWebSockets: 0 };
const judged = (manner: Manner, load: Partial<Rotated["load"]>, exit = 0) =>
  isAsItShould(
    {
      secret: "SESSION_SECRET",
      stage: "staging",
      manner,
      turn: "first",
      seconds: 200,
      exit,
      load: { ...untouched, ...load },
    },
    USERS,
  );

describe("a rotation under load", () => {
  it("has to leave everybody alone, in an emergency too", () => {
    for (const manner of ["planned", "compromised"] as const) {
      assert.ok(judged(manner, {}));
      for (const met of [{ failed: 1 }, { lostSessions: 1 }, { lostWebSockets: 1 }]) assert.ok(!judged(manner, met));
      assert.ok(!judged(manner, {}, 1));
    }
  });

  it("has to log everybody out and in again where sessions are ended, and fail no request", () => {
    assert.ok(judged("ended", { lostSessions: USERS, lostWebSockets: 3 }));
    assert.ok(!judged("ended", {}), "nobody was logged out");
    assert.ok(!judged("ended", { lostSessions: USERS, sessions: USERS - 1 }), "somebody couldn't log in again");
    assert.ok(!judged("ended", { lostSessions: USERS, failed: 1 }));
  });
});
