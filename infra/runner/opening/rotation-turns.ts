import { progressOf } from "../../change/progress.ts";
import type { ChangeEvent } from "../../records/events.ts";
import { openedIn } from "../../records/opened.ts";
import type { RecordStore } from "../../records/store.ts";
import { plannedIn } from "../../runbooks/planned.ts";
import type { RotationRequest } from "./prepare-rotation.ts";

/** How many of the stack's newest records are looked through. */
const NEWEST = 50;

/** The stacks whose turn comes once a change has ended well; none for most changes (pure). */
export function turnsAfter(events: readonly ChangeEvent[]): readonly string[] {
  return openedIn(events[0]?.data).afterwards ?? [];
}

/** What a rotation that has ended well leaves to the next stack; null where it leaves nothing (pure). */
function turnLeftBy(events: readonly ChangeEvent[]): RotationRequest | null {
  const { afterwards: turns = [], reason = null, startedBy } = openedIn(events[0]?.data);
  if (progressOf(events).closed?.outcome !== "done") return null;
  const [next, ...afterwards] = turns;
  const planned = plannedIn(events);
  if (planned?.success === false) throw planned.error;
  if (next === undefined || startedBy == null || planned?.data.runbook !== "rotate") return null;
  const { rotation, sessions } = planned.data;
  const { secret, urgency } = rotation;
  return { secret, value: null, urgency, sessions, afterwards, reason, startedBy };
}

/** A turn that the newest rotation of a stack has left. */
export interface Turn {
  /** the stack whose turn it is */
  stack: string;
  /** the rotation that has ended well before it, and when it was opened, in milliseconds since the epoch */
  after: string;
  openedAt: number;
  request: RotationRequest;
}

/** What the newest rotation of a stack leaves to the next one; null where nothing. */
export async function newestTurn(
  store: Pick<RecordStore, "ofStack" | "ends" | "outline">,
  from: string,
): Promise<Turn | null> {
  for (const after of (await store.ofStack(from)).slice(-NEWEST).reverse()) {
    const { first } = await store.ends(after);
    if (openedIn(first.data).runbook !== "rotate") continue;
    const events = await store.outline(after);
    // One that was cut off before it had a plan has done nothing: the one before it still leaves its turn.
    if (plannedIn(events) === null) continue;
    const [stack] = turnsAfter(events);
    const request = turnLeftBy(events);
    return stack === undefined || request === null ? null : { stack, after, openedAt: Date.parse(first.at), request };
  }
  return null;
}

/** What the newest rotation of a stack leaves to another one; null where nothing. */
export async function turnLeft(
  store: Pick<RecordStore, "ofStack" | "ends" | "outline">,
  from: string,
  to: string,
): Promise<RotationRequest | null> {
  const turn = await newestTurn(store, from);
  return turn?.stack === to ? turn.request : null;
}
