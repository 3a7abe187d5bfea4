import { type ChangeEvent, type EventData, headAfter, NO_HEAD, seal } from "../../../infra/records/events.ts";
import { failedPromote } from "./fixture.ts";

type Told = [seconds: number, step: string | null, type: string, data: EventData];

const CHANGE = "CHG-2026-11-22-002";
const START = Date.parse("2026-11-22T09:00:00Z");
const BEFORE = "r0a1b2c3d4";
const AFTER = "r9f8e7d6c5";

/** Seals a story into a record's events. */
export function recordOf(told: readonly Told[]): ChangeEvent[] {
  let head = NO_HEAD;
  return told.map(([seconds, step, type, data]) => {
    const event = seal(CHANGE, head, { at: new Date(START + seconds * 1_000).toISOString(), step, type, data });
    head = headAfter(event, 0);
    return event;
  });
}

const OPENED: Told = [
  0,
  null,
  "opened",
  {
    stack: "production",
    runbook: "promote",
    release: { version: "2026.11.22-3", id: AFTER },
    replaces: { version: "2026.11.20-1", id: BEFORE },
    onCall: "Ada Lovelace",
    reason: null,
    startedBy: "ci",
    plan: ["release", "canary-5", "finish"],
  },
];

const DIFF = [
  { op: "create", type: "kubernetes:core/v1:Secret", name: "app-r9f8e7d6c5", properties: [] },
  {
    op: "update",
    type: "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute",
    name: "app",
    properties: [{ path: "spec.rules[0].backendRefs[1].weight", before: "0", after: "5" }],
  },
];

/** The looks of one step in a canary that lasts for hours: more than a table lists. */
export function longPromote(): ChangeEvent[] {
  const looks = Array.from({ length: 500 }, (_, index): Told => {
    const seconds = 40 + 10 * index;
    const canary = { requests: 50 * (index + 1), errors: Math.floor(index / 7) };
    const stable = { requests: 950 * (index + 1), errors: Math.floor(index / 3) };
    const e = 0.3 + (index % 13) / 17;
    const evidence = { canary, stable, e, threshold: 20.04 };
    const summary = `${AFTER} ${canary.errors} of ${canary.requests} requests failed`;
    return [seconds, "canary-5", "gate", { gate: "error-rate", answer: "pass", summary, evidence, memory: null }];
  });
  return recordOf([
    OPENED,
    [1, "canary-5", "step-started", { title: "5 % of the traffic" }],
    [
      30,
      "canary-5",
      "updated",
      { seconds: 6.2, weights: { [BEFORE]: 95, [AFTER]: 5 }, changes: { same: 80, update: 1 }, diff: DIFF },
    ],
    ...looks,
    [5_045, "canary-5", "round", { answer: "pass" }],
    [5_050, "canary-5", "step-finished", { seconds: 5_049.3 }],
    [5_051, null, "closed", { exit: 0, outcome: "done", summary: "done: the release has all traffic" }],
  ]);
}

const ANNOUNCED: Told = [
  50,
  null,
  "announced",
  {
    ticket: "/records/CHG-2026-11-22-002/ticket.md",
    deliveries: [
      { channel: "slack", delivered: "no", detail: "answered 500: not now (4 tries)", tries: 4 },
      { channel: "pagerduty", delivered: "yes", detail: "", tries: 2 },
      { channel: "webhook", delivered: "unknown", detail: "gave no answer in time", tries: 1 },
    ],
  },
];

/** How a change can stand: each with the words that its page must lead with. */
export function shortStories(): Record<string, ChangeEvent[]> {
  const moved: Told = [30, "canary-5", "updated", { seconds: 6.2, weights: { [BEFORE]: 95, [AFTER]: 5 }, diff: DIFF }];
  const failed: Told = [40, "canary-5", "failed", { reason: "a gate failed" }];
  return {
    "just opened": recordOf([OPENED]),
    planned: recordOf([OPENED, [1, null, "planned", { base: { releases: [{ id: BEFORE, weight: 100 }] } }]]),
    "under way": recordOf([OPENED, moved]),
    waiting: recordOf([
      OPENED,
      moved,
      [31, "canary-5", "waiting", { until: "2026-11-23T09:00:00Z", why: "the check at T+24h is due" }],
    ]),
    "awaits approval": recordOf([
      OPENED,
      moved,
      [
        31,
        "canary-5",
        "waiting",
        { until: "2026-11-23T09:00:00Z", why: 'no user sent a request during "5 %"', awaits: "approval" },
      ],
    ]),
    "going back": recordOf([OPENED, moved, failed]),
    stuck: recordOf([
      OPENED,
      moved,
      [45, "canary-5", "stuck", { what: "the contraction", stands: "all on one", problems: ["it said no"] }],
    ]),
    refused: recordOf([
      OPENED,
      [3, "release", "refused", { why: "policy", problems: ["digests: app: an image by tag"] }],
      [4, null, "closed", { exit: 3, outcome: "refused", summary: "refused: nothing was changed" }],
    ]),
    "approved and overridden": recordOf([
      OPENED,
      [1, null, "approved", { by: "Grace Hopper", reason: "staging has passed" }],
      [2, null, "window-overridden", { by: "Grace Hopper", reason: "users wait", window: "mon-fri 09:00-16:00" }],
      moved,
    ]),
    "with channels that were down": recordOf([
      OPENED,
      moved,
      failed,
      [44, null, "restored", { weights: { [BEFORE]: 100 }, seconds: 7.1 }],
      ANNOUNCED,
      [60, null, "closed", { exit: 1, outcome: "restored", summary: "the stack was brought back to where it was" }],
    ]),
    altered: failedPromote().map((event) => (event.seq === 6 ? { ...event, type: "note" } : event)),
  };
}
