import { capturedFrom } from "../../runbooks/incident/log-lines.ts";
import { pageOf } from "../../runbooks/incident/page.ts";
import { situationOf } from "../../runbooks/incident/situation.ts";
import type { Run } from "../effect.ts";
import { attemptAfter } from "../effects/announce.ts";

/** How far before its opening an incident's log lines are looked for, in milliseconds. */
export const BEFORE = 900_000;

/**
 * Collects what fails from the pods' logs and calls whoever has to know. That it begins is recorded first, so that a
 * runner that takes over sends nothing twice; a channel that is down is noted and holds nothing up beyond its limit.
 */
export async function tell({ session, journal }: Run, owner: string): Promise<void> {
  const events = journal.events();
  const { openedAt, detectedAt, look, cause } = situationOf(events);
  const verdict = look === null || look.verdict.kind === "none" ? cause : look.verdict;
  if (verdict === null) return;
  const { texts, unread } = await session.incident.logs(new Date(openedAt - BEFORE));
  const captured = capturedFrom(texts);
  const { stack, store, onCall, clock } = session;
  const iso = (at: number) => new Date(at).toISOString();
  const message = pageOf({
    stack: stack.name,
    change: journal.change,
    onCall,
    owner,
    openedAt: iso(openedAt),
    at: iso(clock.now()),
    detectedAt: iso(detectedAt ?? openedAt),
    verdict,
    captured,
    unread,
  });
  // A try that reached nobody has ended: the next one is a first one, under the same key.
  const attempt = attemptAfter(events);
  if (attempt === "first") {
    await journal.write("captured", "tell", { ...captured, unread: [...unread] });
    await journal.write("telling", "tell", { key: message.key });
  }
  const [deliveries, page] = await Promise.all([
    session.announce(message, attempt),
    store.putPage(journal.change, "ticket.md", `# ${message.ticket.title}\n\n${message.ticket.body}`),
  ]);
  await journal.write("announced", "tell", { ticket: page, deliveries });
}
