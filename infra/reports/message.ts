import type { Message } from "../notify/channel.ts";
import { headlineOf, type Incident, scopeInWords } from "./announcement.ts";
import type { Ticket } from "./ticket.ts";

/** Findings that a message quotes; the ticket has them all. */
const MOST_FINDINGS = 5;

/** What everybody is told when traffic had to go back (pure). */
export function messageOf(incident: Incident, ticket: Ticket, openedAt: string): Message {
  const { change, runbook, stack, onCall, startedBy, reason, left, serving, scope, evidence, timeline } = incident;
  return {
    key: `${stack}/${change}`,
    type: "rollback",
    change,
    stack,
    onCall,
    headline: headlineOf(incident),
    lines: [
      scopeInWords(incident),
      `Why: ${reason}`,
      ...evidence.slice(0, MOST_FINDINGS).map(({ gate, summary }) => `• ${gate}: ${summary}`),
      `${change}, on call: ${onCall}`,
    ],
    openedAt,
    at: scope.until,
    component: left.id,
    details: { runbook, startedBy, reason, left, serving, scope, evidence, timeline },
    ticket,
  };
}
