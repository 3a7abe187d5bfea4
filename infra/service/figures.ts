import type { ChangeEvent } from "../records/events.ts";
import { dataOf } from "../reports/render/event-data.ts";

/** Where a stack's open change stands, as the service sees it. */
export type ChangeState = "none" | "running" | "waiting" | "held by another" | "failing";
export const CHANGE_STATES: readonly ChangeState[] = ["none", "running", "waiting", "held by another", "failing"];

/** What the service has seen of one stack since it was started; times in milliseconds since the epoch. */
export interface StackFigures {
  leads: boolean;
  /** when it last looked at the stack's records, or at the gates of the change that it runs; null: not yet */
  lookedAt: number | null;
  state: ChangeState;
  change: string | null;
  /** since when nobody looks at a canary that has users; null where somebody does, or nobody has to */
  unwatched: ((now: number) => number | null) | null;
  /** whether the change's record ends with a person being asked for */
  asksForPerson: boolean;
  /** tries that have failed, in a row and altogether */
  failing: number;
  failures: number;
  gates: Map<string, Map<string, number>>;
  updates: { count: number; seconds: number };
  closed: Map<string, number>;
  /** canaries with users that nobody had watched when this process recovered them */
  unwatchedFound: number;
}

export function noFigures(): StackFigures {
  return {
    leads: false,
    lookedAt: null,
    state: "none",
    change: null,
    unwatched: null,
    asksForPerson: false,
    failing: 0,
    failures: 0,
    gates: new Map(),
    updates: { count: 0, seconds: 0 },
    closed: new Map(),
    unwatchedFound: 0,
  };
}

const increment = (counts: Map<string, number>, key: string): void => void counts.set(key, (counts.get(key) ?? 0) + 1);

/** Takes an event that was just written into account. */
export function countEvent(figures: StackFigures, event: ChangeEvent): void {
  figures.lookedAt = Date.parse(event.at);
  figures.asksForPerson = event.type === "stuck";
  const gate = dataOf("gate", event);
  if (gate !== null) {
    const answers = figures.gates.get(gate.gate) ?? new Map<string, number>();
    increment(answers, gate.answer);
    figures.gates.set(gate.gate, answers);
  }
  const updated = dataOf("updated", event);
  if (updated?.seconds !== undefined) {
    figures.updates.count += 1;
    figures.updates.seconds += updated.seconds;
  }
  const closed = dataOf("closed", event);
  if (closed !== null) increment(figures.closed, closed.outcome);
  if (event.type === "unwatched") figures.unwatchedFound += 1;
}
