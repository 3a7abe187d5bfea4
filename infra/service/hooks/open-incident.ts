import { stableRelease } from "../../domain/releases.ts";
import { EXIT, Refusal } from "../../errors.ts";
import { openedIn } from "../../records/opened.ts";
import { withLease } from "../../runner/lease.ts";
import { mustHaveState, openChange } from "../../runner/opening/open.ts";
import { unclosedChange } from "../../runner/resume.ts";
import type { Session } from "../../runner/session.ts";
import { type Alert, markOf, reasonOf } from "./alert.ts";

/** What became of an alert: an incident was opened for it, or had been before, or another change is open on the stack. */
export type Outcome = { kind: "opened" | "known" | "held"; change: string | null };

/** How many of the stack's newest changes are looked through for one that the same firing has opened. */
const NEWEST = 20;

/** Opens a database incident on a stack for an alert, once: it is run as every change is. */
export async function openIncident(session: Session, alert: Alert): Promise<Outcome> {
  const { store, stack } = session;
  try {
    return await withLease(session, async () => {
      const earlier = await openedFor(session, alert);
      if (earlier !== null) return { kind: "known", change: earlier };
      const open = await unclosedChange(store, stack.name);
      if (open !== null) return { kind: "held", change: open };
      const base = await mustHaveState(session);
      if (base.change !== null) return { kind: "held", change: base.change.id };
      const release = stableRelease(base);
      const asked = { reason: reasonOf(alert), startedBy: alert.source, base, release };
      const { journal } = await openChange(session, { runbook: "incident", ...asked });
      await store.markNews(stack.name);
      return { kind: "opened", change: journal.change };
    });
  } catch (error) {
    if (error instanceof Refusal && error.exit === EXIT.busy) return { kind: "held", change: null };
    throw error;
  }
}

async function openedFor({ store, stack }: Pick<Session, "store" | "stack">, { key }: Alert): Promise<string | null> {
  const changes = (await store.ofStack(stack.name)).slice(-NEWEST).reverse();
  for (const change of changes) {
    const { first } = await store.ends(change);
    if (openedIn(first.data).reason?.includes(markOf(key)) === true) return change;
  }
  return null;
}
