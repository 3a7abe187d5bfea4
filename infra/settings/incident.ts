import { z } from "zod";
import { duration } from "../domain/durations.ts";
import { textOf } from "./parts.ts";

const share = textOf(/^\d{1,2}(\.\d+)?$/, `write a percentage in quotes, such as "99.9"`).transform(Number);

/** From which figures on an incident is of a class; any one of them is enough. */
const impactRule = z.strictObject({
  class: z.string().min(1),
  users: z.int().min(1).optional(),
  failedRequests: z.int().min(1).optional(),
  minutes: z.number().min(0).optional(),
  errorBudgetPercent: z.number().min(0).optional(),
});

/** How incidents are answered and classed. Durations become milliseconds. */
export const incidentSchema = z.strictObject({
  /** Who is told of a backend that stays away, beside whoever is on call. */
  databaseOwner: z.string().min(1).default("database-on-call"),
  /** Real writes in a row that prove a backend to be back. */
  writes: z.int().min(1).max(100).default(3),
  /** How long pods have to recover by themselves before they are replaced. */
  recoverWithin: duration.prefault("10s"),
  /** How long a fault lasts before its owner is told and more is logged. */
  persistsAfter: duration.prefault("2m"),
  /** How long more is logged at most. */
  logMoreFor: duration.prefault("30m"),
  /** The share of requests that is promised to succeed in 30 days, in percent. */
  objective: share.prefault("99.9"),
  /** The worst class first; an incident that meets none is of the last one's successor, `minor`. */
  impact: z.array(impactRule).default([
    { class: "SEV1", failedRequests: 1_000, minutes: 30, errorBudgetPercent: 50 },
    { class: "SEV2", failedRequests: 100, minutes: 10, errorBudgetPercent: 20 },
    { class: "SEV3", failedRequests: 1, minutes: 1, errorBudgetPercent: 1 },
  ]),
  /** How long the actions after an incident may take. */
  actionsWithin: duration.prefault("14d"),
});

export type IncidentSettings = z.infer<typeof incidentSchema>;
