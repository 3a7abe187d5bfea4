import { stableRelease } from "../../domain/releases.ts";
import type { ChangeEvent } from "../../records/events.ts";
import { incidentOf } from "../../reports/announcement.ts";
import { messageOf } from "../../reports/message.ts";
import { ticketOf } from "../../reports/ticket.ts";
import type { Effect, Run } from "../effect.ts";
import { returnPoint } from "./known-state.ts";

const ABOUT_TELLING = new Set(["telling", "announced"]);

/** Whether a runner died while it told: a try whose end is recorded is over, whomever it has reached (pure). */
export function attemptAfter(events: readonly Pick<ChangeEvent, "type">[]): "first" | "again" {
  return events.findLast(({ type }) => ABOUT_TELLING.has(type))?.type === "telling" ? "again" : "first";
}

/**
 * Tells everybody that traffic went back, and opens the ticket. That it begins is recorded first, so that a runner
 * which takes over sends nothing twice. Whoever can't be reached is noted: no announcement is worth holding a way
 * back up for.
 */
export async function announce(run: Run, step: string | null): Promise<void> {
  const { session, journal, plan } = run;
  const { failure, stepIndex } = journal.progress();
  const release = plan.steps[stepIndex]?.subject?.release ?? plan.release;
  const stable = failure === null ? plan.stable : stableRelease(returnPoint(run));
  const subject = { runbook: plan.runbook, release, stable };
  const events = journal.events();
  const incident = incidentOf(session.stack.name, subject, events, session.clock.now());
  const ticket = ticketOf(incident);
  const message = messageOf(incident, ticket, events[0]?.at ?? incident.scope.until);
  const attempt = attemptAfter(events);
  if (attempt === "first") await journal.write("telling", step, { key: message.key });
  const [deliveries, page] = await Promise.all([
    session.announce(message, attempt),
    session.store.putPage(journal.change, "ticket.md", `# ${ticket.title}\n\n${ticket.body}`),
  ]);
  await journal.write("announced", step, { ticket: page, deliveries });
}

/** Announces the incident and opens its ticket in a step that does. */
export const announceStep: Effect<"announce"> = async (run, { step }) => {
  await announce(run, step.name);
  return null;
};

/** Users saw it: everybody is told, once. A runner that died in between is made up for before the cleaning. */
export async function announceOnce(run: Run): Promise<void> {
  const { weightsTouched, announced } = run.journal.progress();
  if (weightsTouched && !announced) await announce(run, null);
}
