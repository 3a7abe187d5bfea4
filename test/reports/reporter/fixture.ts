import { Writable } from "node:stream";
import type { Plan, Step } from "../../../infra/change/plan.ts";
import { NOT_BEGUN } from "../../../infra/change/progress.ts";
import { initialState, makeRelease, withRelease } from "../../../infra/domain/releases.ts";
import type { Streams, View } from "../../../infra/reports/reporter/index.ts";
import { step as stepOf } from "../../../infra/runbooks/moves.ts";

const manifest = (version: string, digit: string) => ({
  version,
  image: `app@sha256:${digit.repeat(64)}`,
  commit: "4f8cd63",
  database: { migrate: { up: ["up"], down: ["down"] }, backup: { create: ["b"], restore: ["r"] } },
  migrations: [],
});
const parts = { configuration: {}, scale: { min: 1, max: 2 }, onCall: "ada" };
const first = initialState({ ...parts, manifest: manifest("2026.11.20-1", "a"), createdOn: "2026-11-22" });
const release = makeRelease(first, { ...parts, manifest: manifest("2026.11.22-3", "b"), change: "CHG-2026-11-22-001" });
const base = withRelease(first, release);

const step = (name: string, title: string): Step =>
  stepOf({ name, title, touches: "weights", move: (state) => state, gates: ["health"], bakeFor: 1_000 });

const PLAN: Plan = {
  runbook: "promote",
  steps: [step("release", "add it at 0 %"), step("canary-5", "5 % of the traffic"), step("finish", "let the stack go")],
  release,
  stable: base.releases[0] ?? null,
  base,
  undo: null,
  timing: { interval: 1_000, gateTimeout: 1_000, drain: 1_000 },
};

export const NOW = Date.parse("2026-11-22T09:00:00Z");

/** A change that waits in its second step, with 5 % on the new release. */
export function waitingView(): View {
  const current = PLAN.steps[1] ?? PLAN.steps[0];
  const releases = base.releases.map((one) => ({ ...one, weight: one.id === release.id ? 5 : 95 }));
  const until = NOW + 90_000;
  return {
    plan: PLAN,
    progress: { ...NOT_BEGUN, stepIndex: 1, startedAt: NOW, state: { ...base, releases } },
    action: {
      kind: "wait",
      step: current ?? null,
      until,
      leaveUntil: until,
      mayLeave: false,
      why: "5 % of the traffic",
    },
    now: NOW,
    scale: 1,
  };
}

/** Streams that keep what is written to them. */
export function captured(isTTY: boolean): Streams & { out: () => string; err: () => string } {
  let out = "";
  let err = "";
  const sink = (keep: (text: string) => void) =>
    Object.assign(
      new Writable({
        write(chunk, _encoding, done) {
          keep(String(chunk));
          done();
        },
      }),
      { isTTY, columns: 80, rows: 40 },
    );
  return {
    stdout: sink((text) => {
      out += text;
    }),
    stderr: sink((text) => {
      err += text;
    }),
    out: () => out,
    err: () => err,
  };
}
