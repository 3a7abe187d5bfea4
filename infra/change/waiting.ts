import { admittance } from "../admission/admission.ts";
import { openedIn } from "../records/opened.ts";
import type { RecordStore } from "../records/store.ts";
import { progressOf } from "./progress.ts";

/** How many of the stack's newest records are looked through. */
const NEWEST = 50;

/** A change that was opened and may not begin yet. */
export interface WaitingChange {
  id: string;
  runbook: string;
  onCall: string;
}

/** The stack's change that waits for approval or for a window, if there is one: it holds the stack without having touched it. */
export async function waitingChange(
  store: Pick<RecordStore, "ofStack" | "ends" | "read">,
  stack: string,
  now: number,
): Promise<WaitingChange | null> {
  for (const id of (await store.ofStack(stack)).slice(-NEWEST).reverse()) {
    if ((await store.ends(id)).last.type === "closed") continue;
    const events = await store.read(id);
    const [opened] = events;
    const progress = progressOf(events);
    const { admission, approvals } = progress;
    if (opened === undefined || admission === null || progress.closed !== null) continue;
    if (progress.startedAt !== null || progress.stepIndex > 0 || progress.failure !== null) continue;
    const { kind } = admittance(admission, approvals, now);
    if (kind === "expired") continue;
    const { runbook = "a change", onCall = "nobody" } = openedIn(opened.data);
    return { id, runbook, onCall };
  }
  return null;
}
