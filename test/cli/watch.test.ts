import assert from "node:assert/strict";
import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import picocolors from "picocolors";
import type { ChangeEvent } from "../../infra/changes/record/events.ts";
import type { Status } from "../../infra/changes/status.ts";
import { jsonWatcher, liveWatcher, plainWatcher, watch } from "../../infra/cli/watch.ts";
import { watchFrame } from "../../infra/cli/watch-frame.ts";
import { failedPromote } from "../changes/render/fixture.ts";
import { captured } from "../changes/reporter/fixture.ts";

const NOW = Date.parse("2026-11-22T09:01:30Z");
const colors = picocolors.createColors(false);
const secret = { current: "g1", pending: null, previous: null, ageDays: 12 };

const idle: Status = {
  stack: "production",
  gateway: "http://127.0.0.1:4001",
  releases: [
    { id: "r0a1b2c3d4", version: "2026.11.20-1", image: "app@sha256:1", weight: 95, ready: 2, desired: 2 },
    { id: "r9f8e7d6c5", version: "2026.11.22-3", image: "app@sha256:2", weight: 5, ready: 1, desired: 2 },
  ],
  change: null,
  rollbackTargets: [],
  secrets: { SUPABASE_KEY: secret, SESSION_SECRET: { ...secret, pending: "g2" }, AFM_KEY: secret, REDIS_URL: secret },
};
const change = {
  id: "CHG-2026-11-22-001",
  runbook: "promote",
  step: "canary-5",
  state: "waiting",
  resumeAt: "2026-11-22T09:03:00Z",
  onCall: "Ada Lovelace",
  approvals: { quorum: 2, by: ["Grace Hopper"], expiresAt: "2026-11-22T12:00:00Z" },
  override: null,
};
const busy: Status = { ...idle, change };
const events = failedPromote().slice(0, 18);

describe("a picture of a stack", () => {
  it("has releases, weights, the step with its countdown, the test's evidence, secrets and recent events", () => {
    const frame = watchFrame({ status: busy, events, now: NOW }, { columns: 120, colors });
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

  it("is never wider than the terminal, whatever it says", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 50, max: 160 }),
        fc.constantFrom(idle, busy),
        fc.nat(events.length),
        (columns, status, count) => {
          const frame = watchFrame({ status, events: events.slice(0, count), now: NOW }, { columns, colors });
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
    async status() {
      const { status } = at();
      return status;
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
    const source = { status: async () => idle, events: async () => [] };
    const left = watch(source, jsonWatcher(streams.stdout), controller.signal);
    controller.abort();
    assert.equal(await left, null);
    assert.equal(streams.out().trimEnd().split("\n").length, 1);
  });

  it("redraws in place on a terminal, and leaves the last picture standing", async () => {
    const streams = captured(true);
    const source = played([{ status: idle, events: whole }]);
    const exit = await watch(
      { ...source, status: async () => busy },
      liveWatcher(streams.stdout),
      new AbortController().signal,
    );
    assert.equal(exit, 1);
    assert.match(stripVTControlCharacters(streams.out()), /closed: restored \(exit 1\)/);
  });
});
