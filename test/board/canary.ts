import {
  type ChangeEvent,
  type EventData,
  type EventType,
  headAfter,
  NO_HEAD,
  seal,
} from "../../infra/records/events.ts";

const CHANGE = "CHG-2026-11-22-002";
const START = Date.parse("2026-11-22T11:00:00Z");
const [BEFORE, AFTER] = ["r0a1b2c3d4", "r9f8e7d6c5"];
const WEIGHTS = [5, 25, 50, 100] as const;

type Told = readonly [EventType, string | null, EventData];

function step(weight: number): Told[] {
  const name = `canary-${weight}`;
  const weights = { [BEFORE]: 100 - weight, [AFTER]: weight };
  const gate = (gate: string, evidence: EventData): Told => [
    "gate",
    name,
    { gate, answer: "pass", summary: `${AFTER} answers`, evidence, memory: null },
  ];
  return [
    ["step-started", name, { title: `${weight} % of the traffic` }],
    ["updated", name, { seconds: 6.2, weights }],
    ["settled", name, {}],
    gate("health", { calls: [{ call: "GET /api/health", status: 200 }] }),
    gate("error-rate", {
      canary: { requests: 20 * weight, errors: 0 },
      stable: { requests: 2_000 - 20 * weight, errors: 1 },
      e: 0.9,
      threshold: 20,
    }),
  ];
}

/** The record of a promote that goes well, as it stands at each of its weights, and at its end. */
export function canaryMoves(): ChangeEvent[][] {
  const opened: Told = [
    "opened",
    null,
    {
      stack: "production",
      runbook: "promote",
      release: { version: "2026.11.22-3", id: AFTER },
      replaces: { version: "2026.11.20-1", id: BEFORE },
      onCall: "Ada Lovelace",
      reason: "budgets by month",
      startedBy: "ci",
      plan: WEIGHTS.map((weight) => `canary-${weight}`),
    },
  ];
  let head = NO_HEAD;
  let at = START;
  const written: ChangeEvent[] = [];
  const write = (told: readonly Told[]) => {
    for (const [type, name, data] of told) {
      at += 10_000;
      const event = seal(CHANGE, head, { at: new Date(at).toISOString(), step: name, type, data });
      head = headAfter(event, 0);
      written.push(event);
    }
    return [...written];
  };
  write([opened]);
  const finished = (weight: number): Told => ["step-finished", `canary-${weight}`, { seconds: 50, memory: {} }];
  const moves = WEIGHTS.map((weight, place) =>
    write([...(place === 0 ? [] : [finished(WEIGHTS[place - 1] ?? 0)]), ...step(weight)]),
  );
  const closed: Told = ["closed", null, { exit: 0, outcome: "done", summary: "" }];
  return [...moves, write([finished(100), closed])];
}
