import type { Message } from "../../infra/notify/channel.ts";
import type { Incident } from "../../infra/reports/announcement.ts";
import { messageOf } from "../../infra/reports/message.ts";
import { ticketOf } from "../../infra/reports/ticket.ts";

export const incident: Incident = {
  change: "CHG-2026-11-22-001",
  runbook: "promote",
  stack: "production",
  onCall: "Ada",
  startedBy: "ci",
  reason: "a gate failed at <25 %>",
  left: { version: "2026.11.24-1", id: "r2" },
  serving: { version: "2026.11.23-1", id: "r1" },
  scope: {
    since: "2026-11-22T12:00:00.000Z",
    until: "2026-11-22T12:05:00.000Z",
    largestShare: 25,
    requests: 400,
    errors: 31,
  },
  evidence: [{ at: "2026-11-22T12:04:00.000Z", step: "canary-25", gate: "error-rate", summary: "31 of 400 failed" }],
  timeline: [{ at: "2026-11-22T12:00:00.000Z", text: "25 % of the traffic" }],
};

export const ticket = ticketOf(incident);

export const message: Message = messageOf(incident, ticket, "2026-11-22T11:58:00.000Z");
