import type { ChangeEvent } from "../../records/events.ts";
import { dataOf } from "./event-data.ts";
import type { Tone } from "./verdict.ts";

/** A change in one line. */
export interface ChangeSummary {
  change: string;
  /** when it was opened and when its last event was written, ISO 8601 */
  at: string;
  lastAt: string;
  stack: string | null;
  runbook: string | null;
  onCall: string | null;
  reason: string | null;
  from: string | null;
  to: string | null;
  /** done, restored, refused; open, waiting or stuck where it isn't closed */
  outcome: string;
  exit: number | null;
  tone: Tone;
  events: number;
}

/** Sums a change up from its first event and its last (pure). */
export function summaryOf(first: ChangeEvent, last: ChangeEvent): ChangeSummary {
  const opened = dataOf("opened", first);
  const closed = dataOf("closed", last);
  const open = last.type === "waiting" || last.type === "stuck" ? last.type : "open";
  const outcome = closed?.outcome ?? open;
  const text = (value: unknown) => (typeof value === "string" ? value : null);
  return {
    change: first.change,
    at: first.at,
    lastAt: last.at,
    stack: text(first.data.stack),
    runbook: text(first.data.runbook),
    onCall: text(first.data.onCall),
    reason: text(first.data.reason),
    from: opened?.replaces?.version ?? null,
    to: opened?.release?.version ?? null,
    outcome,
    exit: closed?.exit ?? null,
    tone: closed === null ? (outcome === "stuck" ? "bad" : "hold") : closed.exit === 0 ? "good" : "bad",
    events: last.seq,
  };
}
