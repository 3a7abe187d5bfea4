import { stableRelease } from "../../domain/releases.ts";
import { EXIT, Refusal } from "../../errors.ts";
import { openedIn } from "../../records/opened.ts";
import { plannedIn } from "../../runbooks/planned.ts";
import { withLease } from "../../runner/lease.ts";
import { mustHaveState, type OpeningSession, openChange } from "../../runner/opening/open.ts";
import { endUnplanned, unclosedChange } from "../../runner/resume.ts";
import { type Alert, markOf, reasonOf } from "./alert.ts";

/** What became of an alert: an incident was opened for it, or had been before, or another change is open on the stack. */
export interface Outcome {
  kind: "opened" | "known" | "held";
  change: string;
}

/** How many of the stack's newest changes are looked through for one that the same firing has opened. */
const NEWEST = 20;
/** How long the stack's lease is waited for, in milliseconds: SNS waits 15 s for the answer. */
const WITHIN = 8_000;

/**
 * Opens a database incident on a stack for an alert, once: it is run as every change is.
 * @throws Refusal (exit 4) where somebody is at work on the stack and no change of theirs is known: the alert is to be sent again
 */
export async function openIncident(session: OpeningSession, alert: Alert, within = WITHIN): Promise<Outcome> {
  const before = await underWay(session, alert);
  if (before !== null) return before;
  try {
    return await withLease(session, () => openOnce(session, alert), within);
  } catch (error) {
    // Whoever has the lease may have opened a change since.
    const since = error instanceof Refusal && error.exit === EXIT.busy ? await underWay(session, alert) : null;
    if (since === null) throw error;
    return since;
  }
}

async function openOnce(session: OpeningSession, alert: Alert): Promise<Outcome> {
  const { store, stack } = session;
  await endUnplannedOnes(session);
  const before = await underWay(session, alert);
  if (before !== null) return before;
  const base = await mustHaveState(session);
  if (base.change !== null) return { kind: "held", change: base.change.id };
  const release = stableRelease(base);
  const asked = { reason: reasonOf(alert), startedBy: alert.source, base, release };
  const { journal } = await openChange(session, { runbook: "incident", ...asked });
  await store.markNews(stack.name);
  return { kind: "opened", change: journal.change };
}

/** Ends what was opened and never got a plan: with the lease nobody is at work on it, and it would hold the stack until the service sees it. */
async function endUnplannedOnes(session: OpeningSession): Promise<void> {
  const { store, stack } = session;
  for (;;) {
    const open = await unclosedChange(store, stack.name);
    if (open === null || !(await endUnplanned(session, open))) return;
  }
}

/** What of a plan is under way for an alert or in its way; null where nothing is known. A change without a plan does nothing, and is neither. */
async function underWay({ store, stack }: OpeningSession, alert: Alert): Promise<Outcome | null> {
  const isPlanned = async (change: string) => plannedIn(await store.read(change)) !== null;
  for (const change of (await store.ofStack(stack.name)).slice(-NEWEST).reverse()) {
    const { first } = await store.ends(change);
    if (openedIn(first.data).reason?.includes(markOf(alert.key)) !== true || !(await isPlanned(change))) continue;
    // Whoever opened it may have died before the mark.
    await store.markNews(stack.name);
    return { kind: "known", change };
  }
  const open = await unclosedChange(store, stack.name);
  return open !== null && (await isPlanned(open)) ? { kind: "held", change: open } : null;
}
