import type { Plan, Step } from "../../change/plan.ts";
import { stableRelease } from "../../domain/releases.ts";
import { incidentOf } from "../../reports/announcement.ts";
import { messageOf } from "../../reports/message.ts";
import { ticketOf } from "../../reports/ticket.ts";
import type { Journal } from "../journal.ts";
import type { RunnerSession } from "../session.ts";
import { returnPoint } from "./standing.ts";

const ABOUT_TELLING = new Set(["telling", "announced"]);

/**
 * Tells everybody that traffic went back, and opens the ticket. That it begins is recorded first, so that a runner
 * which takes over sends nothing twice. Whoever can't be reached is noted: no announcement is worth holding a way
 * back up for.
 */
export async function announce(session: RunnerSession, journal: Journal, plan: Plan, step: Step | null): Promise<void> {
  const { failure, stepIndex } = journal.progress();
  const release = plan.steps[stepIndex]?.subject?.release ?? plan.release;
  const stable = failure === null ? plan.stable : stableRelease(returnPoint(journal, plan));
  const subject = { runbook: plan.runbook, release, stable };
  const events = journal.events();
  const incident = incidentOf(session.stack.name, subject, events, session.clock.now());
  const ticket = ticketOf(incident);
  const message = messageOf(incident, ticket, events[0]?.at ?? incident.scope.until);
  const attempt = events.findLast(({ type }) => ABOUT_TELLING.has(type))?.type === "telling" ? "again" : "first";
  if (attempt === "first") await journal.write("telling", step?.name ?? null, { key: message.key });
  const [deliveries, page] = await Promise.all([
    session.announce(message, attempt),
    session.store.putPage(journal.change, "ticket.md", `# ${ticket.title}\n\n${ticket.body}`),
  ]);
  await journal.write("announced", step?.name ?? null, {
    ticket: page,
    deliveries: deliveries.map((delivery) => ({ ...delivery })),
  });
}
