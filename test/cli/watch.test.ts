import assert from "node:assert/strict";
import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import picocolors from "picocolors";
import { jsonWatcher, liveWatcher, plainWatcher, watch } from "../../infra/cli/watch.ts";
import { watchFrame } from "../../infra/cli/watch-frame.ts";
import type { RotationAge, RotationAges } from "../../infra/domain/rotation-age.ts";
import type { ChangeEvent } from "../../infra/records/events.ts";
import type { Standing, Status } from "../../infra/runner/status.ts";
import { failedPromote } from "../reports/render/fixture.ts";
import { captured } from "../reports/reporter/fixture.ts";

const NOW = Date.parse("2026-11-22T09:01:30Z");
const colors = picocolors.createColors(false);
const secret = { current: "g1", pending: null, previous: null, ageDays: 12 };

const age: RotationAge = { ageDays: 12, maxAge: 7_776_000_000, rotateBy: "2027-02-08", state: "in time" };
const young: RotationAges = { SUPABASE_KEY: age, SESSION_SECRET: age, AFM_KEY: age, REDIS_URL: age };
const old: RotationAge = { ...age, rotateBy: "2026-11-18", state: "overdue" };

const idle: Status = {
  stack: "production",
  gateway: "http://127.0.0.1:4001",
  releases: [
    { id: "r0a1b2c3d4", version: "2026.11.20-1", image: "app@sha256:1", weight: 95, ready: 2, desired: 2 },
    { id: "r9f8e7d6c5", version: "2026.11.22-3", image: "app@sha256:2", weight: 5, ready: 1, desired: 2 },
  ],
  change: null,
  service: null,
  rollbackTargets: [],
  secrets: { SUPABASE_KEY: secret, SESSION_SECRET: { ...secret, pending: "g2" }, AFM_KEY: secret, REDIS_URL: secret },
};
const change = {
  id: "CHG-2026-11-22-001",
  runbook: "promote",
  step: "canary-5",
  state: "waiting",
  resumeAt: "2026-11-22T09:03:00Z",
  unwatchedSince: null,
  onCall: "Ada Lovelace",
  approvals: { quorum: 2, by: ["Grace Hopper"], expiresAt: "2026-11-22T12:00:00Z" },
  override: null,
};
const busy: Status = { ...idle, change };
const events = failedPromote().slice(0, 18);

describe("a picture of a stack", () => {
  it("has releases, weights, the step with its countdown, the test's evidence, secrets and recent events", () => {
    const frame = watchFrame({ status: busy, ages: young, events, now: NOW }, { columns: 120, colors });
    for (const part of [
      /^production http:\/\/127\.0\.0\.1:4001 {2}09:01:30 UTC$/m,
      /█{23}░ {2}95 % {2}2026\.11\.20-1 \(r0a1b2c3d4\) {2}2\/2 ready/,
      /█░{23} {3}5 % {2}2026\.11\.22-3 \(r9f8e7d6c5\) {2}1\/2 ready/,
      /CHG-2026-11-22-001 promote, on call: Ada Lovelace/,
      /step canary-5 \(1 of 5 done\): waiting, 1m 30s left/,
      /1 of 2 approvals \(Grace Hopper\)/,
      /pass error-rate +no worse/,
      /evidence against it: E = 2\.4, fails at 20/,
      /secrets: SUPABASE_KEY g1 12d; SESSION_SECRET g1 12d, g2 pending/,
      /09:00:30 canary-5 updated: the stack is updated in 6s/,
    ]) {
      assert.match(frame, part);
    }
  });

  it("names the secrets that are overdue, and what to type", () => {
    const ages = { ...young, SUPABASE_KEY: old, REDIS_URL: old };
    const frame = watchFrame({ status: idle, ages, events: [], now: NOW }, { columns: 120, colors });
    assert.match(
      frame,
      /overdue: SUPABASE_KEY since 2026-11-18, REDIS_URL since 2026-11-18: runbook rotate SECRET --stack production/,
    );
    const quiet = watchFrame({ status: idle, ages: young, events: [], now: NOW }, { columns: 120, colors });
    assert.doesNotMatch(quiet, /overdue/);
  });

  it("is never wider than the terminal, whatever it says", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 50, max: 160 }),
        fc.constantFrom(idle, busy),
        fc.constantFrom(young, { ...young, SESSION_SECRET: old, AFM_KEY: old }),
        fc.nat(events.length),
        (columns, status, ages, count) => {
          const frame = watchFrame({ status, ages, events: events.slice(0, count), now: NOW }, { columns, colors });
          for (const line of frame.split("\n")) assert.ok(line.length <= columns, `${columns}: ${line}`);
        },
      ),
    );
  });
});

/** A stack whose looks are the given ones, the last of them for ever. */
function played(looks: readonly { status: Status; events: ChangeEvent[] }[]) {
  let look = 0;
  const at = () => looks[Math.min(look, looks.length - 1)] ?? assert.fail();
  return {
    async standing(): Promise<Standing> {
      const { status } = at();
      return { status, ages: young };
    },
    async events() {
      const { events } = at();
      look += 1;
      return events;
    },
  };
}

describe("watching a stack", () => {
  const whole = failedPromote();

  it("ends when the change has ended, with each event said once where there is no terminal", async function () {
    this.timeout(30_000);
    const streams = captured(false);
    const source = played([
      { status: busy, events },
      { status: idle, events: whole },
    ]);
    const exit = await watch(source, plainWatcher(streams.stdout), new AbortController().signal);
    assert.equal(exit, 1);
    const lines = streams.out().trimEnd().split("\n");
    assert.ok(lines.every((line) => /^[\x20-\x7e]+$/.test(line)));
    assert.equal(lines.filter((line) => line.includes(" opened ")).length, 1);
    assert.equal(lines.filter((line) => line.includes(" closed ")).length, 1);
    assert.match(streams.out(), /production 2026\.11\.20-1 95 % \(2\/2 ready\), .*CHG-2026-11-22-001 canary-5 waiting/);
  });

  it("ends when it is told to", async () => {
    const controller = new AbortController();
    const streams = captured(false);
    const source = { standing: async () => ({ status: idle, ages: young }), events: async () => [] };
    const left = watch(source, jsonWatcher(streams.stdout), controller.signal);
    controller.abort();
    assert.equal(await left, null);
    assert.equal(streams.out().trimEnd().split("\n").length, 1);
  });

  it("redraws in place on a terminal, and leaves the last picture on the screen", async () => {
    const streams = captured(true);
    const source = played([{ status: idle, events: whole }]);
    const exit = await watch(
      { ...source, standing: async () => ({ status: busy, ages: young }) },
      liveWatcher(streams.stdout),
      new AbortController().signal,
    );
    assert.equal(exit, 1);
    assert.match(stripVTControlCharacters(streams.out()), /closed: restored \(exit 1\)/);
  });
});
