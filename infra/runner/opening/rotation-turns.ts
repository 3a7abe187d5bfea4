import { z } from "zod";
import { progressOf } from "../../change/progress.ts";
import type { ChangeEvent } from "../../records/events.ts";
import type { RecordStore } from "../../records/store.ts";
import { inputSchema } from "../../runbooks/index.ts";
import type { RotationRequest } from "./prepare-rotation.ts";

/** How many of the stack's newest records are looked through. */
const NEWEST = 50;

const openedSchema = z.looseObject({
  stack: z.string(),
  runbook: z.string(),
  reason: z.string().nullish(),
  startedBy: z.string(),
  afterwards: z.array(z.string()).default([]),
});

/** The stacks whose turn comes once a change has ended well; none for most changes (pure). */
export function turnsAfter(events: readonly ChangeEvent[]): readonly string[] {
  const opened = openedSchema.safeParse(events[0]?.data);
  return opened.success ? opened.data.afterwards : [];
}

/** What a rotation that has ended well leaves to the next stack; null where it leaves nothing (pure). */
export function turnLeftBy(events: readonly ChangeEvent[]): RotationRequest | null {
  const opened = openedSchema.safeParse(events[0]?.data);
  const planned = events.find(({ type }) => type === "planned");
  if (!opened.success || planned === undefined || progressOf(events).closed?.outcome !== "done") return null;
  const [next, ...afterwards] = opened.data.afterwards;
  const input = inputSchema.parse(planned.data);
  if (next === undefined || input.runbook !== "rotate") return null;
  const { secret, urgency } = input.rotation;
  const { reason = null, startedBy } = opened.data;
  return { secret, value: null, urgency, sessions: input.sessions, afterwards, reason, startedBy };
}

/** What the newest rotation of a stack leaves to another one; null where nothing. */
export async function turnLeft(
  store: Pick<RecordStore, "ofStack" | "ends" | "read">,
  from: string,
  to: string,
): Promise<RotationRequest | null> {
  for (const id of (await store.ofStack(from)).slice(-NEWEST).reverse()) {
    const opened = openedSchema.safeParse((await store.ends(id)).first.data);
    if (!opened.success || opened.data.runbook !== "rotate") continue;
    const events = await store.read(id);
    return turnsAfter(events)[0] === to ? turnLeftBy(events) : null;
  }
  return null;
}
