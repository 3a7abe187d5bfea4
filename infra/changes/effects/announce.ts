import { stableRelease } from "../../releases.ts";
import { incidentOf } from "../incident.ts";
import type { Journal } from "../journal.ts";
import type { Plan, Step } from "../plan.ts";
import type { RunnerSession } from "../session.ts";
import { ticketOf } from "../ticket.ts";
import { returnPoint } from "./standing.ts";

/**
 * Tells everybody that traffic went back, and opens the ticket. Whoever can't be reached is noted: no announcement is
 * worth holding a way back up for.
 */
export async function announce(session: RunnerSession, journal: Journal, plan: Plan, step: Step | null): Promise<void> {
  const { failure, stepIndex } = journal.progress();
  const release = plan.steps[stepIndex]?.subject?.release ?? plan.release;
  const stable = failure === null ? plan.stable : stableRelease(returnPoint(journal, plan));
  const subject = { runbook: plan.runbook, release, stable };
  const incident = incidentOf(session.stack.name, subject, journal.events(), session.clock.now());
  const ticket = ticketOf(incident);
  const [deliveries, page] = await Promise.all([
    session.announce(incident, ticket),
    session.store.putPage(journal.change, "ticket.md", `# ${ticket.title}\n\n${ticket.body}`),
  ]);
  const missed = deliveries.filter(({ delivered }) => delivered === "no");
  session.reporter.problems(missed.map(({ channel, detail }) => `${channel} wasn't told: ${detail}`));
  await journal.write("announced", step?.name ?? null, {
    ticket: page,
    deliveries: deliveries.map((delivery) => ({ ...delivery })),
  });
}
