import { type ChangeEvent, type EventData, headAfter, NO_HEAD, seal } from "../../../infra/records/events.ts";

export const CHANGE = "CHG-2026-11-22-001";
const START = Date.parse("2026-11-22T09:00:00Z");
const BEFORE = "r0a1b2c3d4";
const AFTER = "r9f8e7d6c5";

interface Told {
  seconds: number;
  step: string | null;
  type: string;
  data: EventData;
}

const tell = (seconds: number, step: string | null, type: string, data: EventData): Told => ({
  seconds,
  step,
  type,
  data,
});

function errorRate(seconds: number, step: string, canary: [number, number], stable: [number, number], e: number): Told {
  const answer = e >= 20 ? "fail" : "pass";
  const [requests, errors] = canary;
  const summary = `${answer === "fail" ? `fails more often than ${BEFORE}` : "no worse"}; ${AFTER} ${errors} of ${requests} requests failed`;
  const evidence = {
    canary: { requests, errors },
    stable: { requests: stable[0], errors: stable[1] },
    e,
    p: Math.min(1, 1 / e),
    threshold: 20,
  };
  return tell(seconds, step, "gate", { gate: "error-rate", answer, summary, evidence, memory: { seen: 1 } });
}

/** A median and a p99 in milliseconds; null is above every bound of the histogram. */
type Latencies = readonly [number | null, number | null];

function latency(seconds: number, step: string, canary: Latencies, stable: Latencies, e: number): Told {
  const seen = (requests: number, [p50, p99]: Latencies) => ({ requests, p50, p95: p99, p99 });
  const evidence = { canary: seen(210, canary), stable: seen(3_990, stable), e, p: Math.min(1, 1 / e), threshold: 102 };
  return tell(seconds, step, "gate", { gate: "latency", answer: "pass", summary: "no slower", evidence, memory: null });
}

function green(seconds: number, step: string, gate: string): Told {
  const evidence = { calls: [{ call: "GET /api/health", release: AFTER, status: 200, milliseconds: 4 }] };
  return tell(seconds, step, "gate", { gate, answer: "pass", summary: `${AFTER} answers`, evidence, memory: null });
}

const readBack = (seconds: number, step: string | null, weights: Record<string, number>): Told =>
  tell(seconds, step, "read-back", {
    gate: "read-back",
    answer: "pass",
    summary: "the route, the pods and the answers agree",
    evidence: { generation: 7, weights },
  });

const STORY: Told[] = [
  tell(0, null, "opened", {
    stack: "production",
    runbook: "promote",
    release: { version: "2026.11.22-3", id: AFTER },
    replaces: { version: "2026.11.20-1", id: BEFORE },
    onCall: "Ada Lovelace",
    reason: "budgets <b>by</b> month & quarter",
    startedBy: "ci",
    plan: ["release", "canary-5", "canary-25", "canary-100", "finish"],
  }),
  tell(1, null, "planned", { runbook: "promote" }),
  tell(1, "release", "step-started", { title: "add the release at 0 % of the traffic" }),
  tell(4, "release", "previewed", { seconds: 2.8, changes: { create: 7 } }),
  tell(4, "release", "updating", { touches: "bundles" }),
  tell(19, "release", "updated", { seconds: 14.6, weights: { [BEFORE]: 100, [AFTER]: 0 } }),
  readBack(20, "release", { [BEFORE]: 100, [AFTER]: 0 }),
  tell(20, "release", "settled", {}),
  green(21, "release", "health"),
  green(21, "release", "login"),
  tell(21, "release", "round", { answer: "pass" }),
  tell(21, "release", "step-finished", { seconds: 20.2, memory: {} }),
  tell(22, "canary-5", "step-started", { title: "5 % of the traffic" }),
  tell(30, "canary-5", "updated", { seconds: 6.2, weights: { [BEFORE]: 95, [AFTER]: 5 } }),
  readBack(31, "canary-5", { [BEFORE]: 95, [AFTER]: 5 }),
  errorRate(40, "canary-5", [100, 0], [1900, 1], 0.7),
  errorRate(70, "canary-5", [410, 1], [7800, 3], 0.9),
  errorRate(100, "canary-5", [720, 3], [13700, 6], 2.4),
  tell(100, "canary-5", "step-finished", { seconds: 78 }),
  tell(101, "canary-25", "step-started", { title: "25 % of the traffic" }),
  tell(109, "canary-25", "updated", { seconds: 6.4, weights: { [BEFORE]: 75, [AFTER]: 25 } }),
  readBack(110, "canary-25", { [BEFORE]: 75, [AFTER]: 25 }),
  green(115, "canary-25", "health"),
  errorRate(115, "canary-25", [300, 9], [900, 1], 8.1),
  errorRate(120, "canary-25", [700, 24], [2100, 2], 3400),
  tell(120, "canary-25", "round", { answer: "fail" }),
  tell(120, "canary-25", "failed", { reason: 'a gate failed at "25 % of the traffic"' }),
  tell(120, null, "restore-started", {}),
  tell(126, null, "updated", { seconds: 5.9, weights: { [BEFORE]: 100, [AFTER]: 0 } }),
  readBack(127, null, { [BEFORE]: 100, [AFTER]: 0 }),
  tell(127, null, "restored", { seconds: 7.1, weights: { [BEFORE]: 100 } }),
  tell(157, null, "cleaned", {}),
  tell(157, null, "closed", { exit: 1, outcome: "restored", summary: "the stack was brought back to where it was" }),
];

function recordOf(story: readonly Told[]): ChangeEvent[] {
  let head = NO_HEAD;
  return story.map(({ seconds, step, type, data }) => {
    const at = new Date(START + seconds * 1_000).toISOString();
    const event = seal(CHANGE, head, { at, step, type, data });
    head = headAfter(event, 0);
    return event;
  });
}

/** The record of a promote whose canary failed at 25 % and was taken back. */
export const failedPromote = (): ChangeEvent[] => recordOf(STORY);

/** The same where latency was judged too. */
export const timedPromote = (): ChangeEvent[] =>
  recordOf(
    STORY.flatMap((told) => {
      const { type, seconds, step } = told;
      if (type !== "round" || step !== "canary-25") return [told];
      const quick = latency(seconds, step, [6.4, 31], [6.2, 24], 0.9);
      return [quick, latency(seconds, step, [256.5, null], [6.1, 25], 7.5), told];
    }),
  );
