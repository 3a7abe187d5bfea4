import type { Message } from "../../notify/channel.ts";
import type { Captured } from "./log-lines.ts";
import type { IncidentVerdict } from "./verdict.ts";

/** What the owner of a backend is told. */
export interface Escalation {
  stack: string;
  change: string;
  onCall: string;
  owner: string;
  openedAt: string;
  at: string;
  detectedAt: string;
  verdict: IncidentVerdict;
  captured: Captured;
  /** the pods whose logs couldn't be read, each with why */
  unread: readonly string[];
}

/** Requests and errors that a message quotes; the ticket has them all. */
const QUOTED = 5;

/** Whose fault it is to mend: a backend's owner, else whoever is on call (pure). */
function calledFor({ kind, suspect }: IncidentVerdict, owner: string, onCall: string): string {
  const backend = suspect === "postgres" || suspect === "redis" || suspect === "supabase";
  return backend && kind !== "application" ? owner : onCall;
}

/** The page to a backend's owner or whoever is on call, with everything that is known (pure). */
export function pageOf(escalation: Escalation): Message {
  const { stack, change, onCall, owner, openedAt, at, detectedAt, verdict, captured, unread } = escalation;
  const called = calledFor(verdict, owner, onCall);
  const headline = `${stack}: ${verdict.summary}, since ${detectedAt}`;
  const requests = captured.requests.map(
    ({ requestId, pod, what, error }) => `${requestId} on ${pod}: ${what}: ${error}`,
  );
  const errors = captured.errors.map(({ error, count }) => `${count} × ${error}`);
  const none = unread.length === 0 ? "none seen" : "none seen in the logs that could be read";
  const section = (title: string, entries: readonly string[]) => [
    `## ${title}`,
    "",
    ...(entries.length === 0 ? [none] : entries.map((entry) => `- ${entry}`)),
    "",
  ];
  const body = [
    headline,
    "",
    `- change: ${change} (incident)`,
    `- called: ${called}; on call: ${onCall}`,
    "",
    ...section("Evidence", [
      ...verdict.evidence,
      ...verdict.also.map(({ suspect, cause }) => `also: ${suspect}, ${cause}`),
    ]),
    ...section("Errors", errors),
    ...section("Failing requests", requests),
    ...(unread.length === 0 ? [] : section("Logs that couldn't be read", unread)),
  ].join("\n");
  return {
    key: `${stack}/${change}`,
    type: "incident",
    change,
    stack,
    onCall: called,
    headline,
    lines: [
      ...verdict.evidence.slice(0, QUOTED),
      ...errors.slice(0, QUOTED),
      ...(unread.length === 0 ? [] : [`the logs of ${unread.length} pods couldn't be read: ${unread[0]}`]),
      ...(requests.length === 0
        ? []
        : [
            `failing requests: ${captured.requests
              .slice(-QUOTED)
              .map(({ requestId }) => requestId)
              .join(", ")}`,
          ]),
      `${change}: ${called} is called, on call: ${onCall}`,
    ],
    openedAt,
    at,
    component: verdict.suspect ?? "pods",
    details: { verdict, captured: { ...captured, unread: [...unread] } },
    ticket: { title: headline, body },
  };
}
