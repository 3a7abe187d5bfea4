import assert from "node:assert/strict";
import type { ChangeEvent } from "../../infra/records/events.ts";
import {
  killsFor,
  momentText,
  secondsToEvent,
  type TakeOver,
  VICTIMS,
} from "../../verification/crash/service/kills.ts";
import { wrongWith } from "../../verification/crash/service/report.ts";
import type { Outcome } from "../../verification/crash/service/run.ts";

const START = Date.UTC(2026, 10, 27);
const event = (seconds: number, type: string, step: string | null): ChangeEvent => ({
  seq: seconds,
  at: new Date(START + seconds * 1_000).toISOString(),
  change: "CHG-2026-11-27-001",
  step,
  type,
  data: {},
  prev: "",
  hash: "",
});
const events = [
  event(1, "opened", null),
  event(3, "updating", "add"),
  event(20, "updated", "add"),
  event(60, "closed", null),
];
const kill = (at: number, seconds: number): TakeOver => ({
  after: 0,
  victim: "the service",
  killedAt: START + at * 1_000,
  continuedAt: START + (at + seconds) * 1_000,
});
const load: Outcome["load"] = {
  seconds: 60,
  sent: 12_000,
  failed: 0,
  underway: 0,
  latencyMs: { p50: 1, p95: 1, p99: 1 },
  byRelease: {},
  failuresByPath: {},
  errors: [],
  sessions: 20,
  lostSessions: 0,
  webSockets: 50,
  lostWebSockets: 0,
  drainedWebSockets: 0,
  webSocketPongs: 0,
  longestPauseMs: 0,
};
const held: Outcome = { takeOvers: [{ ...kill(5, 14.9), secondsToEvent: 15 }], promotes: 1, differing: [], load };

describe("kills of the service that leads", () => {
  it("fall at random moments, the same ones for the same seed, on the service alone and on its engine too", () => {
    const kills = killsFor(100, 1);
    assert.deepEqual(killsFor(100, 1), kills);
    assert.notDeepEqual(killsFor(100, 2), kills);
    assert.deepEqual(new Set(kills.map(({ victim }) => victim)), new Set(VICTIMS));
    assert.ok(new Set(kills.map(({ after }) => Math.floor(after / 1_000))).size >= 6);
  });

  it("are told by what the record says of their moment", () => {
    assert.equal(momentText(events, START + 4_000), "after updating of add");
    assert.equal(momentText(events, START + 2_000), "after opened");
    assert.equal(momentText(events, START), "before its first event");
  });

  it("are measured to the successor's first event, where it lived long enough to write one", () => {
    assert.deepEqual(secondsToEvent([kill(4, 8), kill(15, 9), kill(30, 10)], events), [null, 5, 30]);
  });

  it("hold where each was followed within 15 s, nothing differs and no request has failed", () => {
    assert.deepEqual(wrongWith(held), []);
    const wrong = (more: Partial<Outcome>) => wrongWith({ ...held, ...more }).join();
    assert.match(wrong({ takeOvers: [{ ...kill(5, 15), secondsToEvent: null }] }), /not within 15 s/);
    assert.match(wrong({ takeOvers: [] }), /no kill was made/);
    assert.match(wrong({ differing: ["promotion 1: stack: only after kills: x"] }), /only after kills/);
    assert.match(wrong({ load: { ...load, failed: 1, errors: ["GET /: no answer"] } }), /1 requests failed: GET/);
    assert.match(wrong({ load: { ...load, lostSessions: 1 } }), /1 sessions were lost/);
  });
});
