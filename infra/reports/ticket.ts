import { ticketLine as line, printableLine } from "../domain/plain-text.ts";
import { headlineOf, type Incident, scopeInWords } from "./announcement.ts";

/** A corrective-action ticket: what is known is filled in, what people have to find out is left empty. */
export interface Ticket {
  title: string;
  body: string;
}

/** Writes the ticket of an incident as Markdown (pure). */
export function ticketOf(incident: Incident): Ticket {
  const { change, onCall, runbook, reason, evidence, timeline } = incident;
  const suspects = evidence.map(
    ({ at, step, gate, summary }) => `- ${at} ${line(gate)}${step === null ? "" : ` at ${step}`}: ${line(summary)}`,
  );
  const body = [
    line(headlineOf(incident)),
    "",
    `- change: ${change} (${runbook})`,
    `- on call: ${line(onCall)}`,
    `- why: ${line(reason)}`,
    `- scope: ${line(scopeInWords(incident))}`,
    "",
    "## Evidence of the suspected cause",
    "",
    ...(suspects.length === 0 ? ["No gate had failed: a person decided."] : suspects),
    "",
    "## Root cause",
    "",
    "",
    "## Prevention",
    "",
    "| action | owner | due | how it is verified |",
    "| --- | --- | --- | --- |",
    "|  |  |  |  |",
    "",
    "## Timeline (UTC)",
    "",
    ...timeline.map(({ at, text }) => `- ${at} ${line(text)}`),
    "",
  ].join("\n");
  return {
    title: printableLine(`Corrective action: ${incident.left.version} taken back on ${incident.stack} (${change})`),
    body,
  };
}
