import type { IncidentSettings } from "../../settings/incident.ts";

/** What an incident has cost; null where nobody could count it. */
export type Figures = {
  users: number | null;
  failedRequests: number | null;
  requests: number | null;
  minutes: number;
  /** the part of 30 days' error budget that is gone */
  errorBudgetPercent: number;
};

/** Requests that counters show, and those of them that failed. */
export interface CountedRequests {
  requests: number;
  failed: number;
}

/**
 * What counters have counted from the first of several readings to the last, null where there is none (pure). Those that fell began
 * anew: what they counted between these two readings isn't known, and is left out.
 */
export function countedOver(readings: readonly CountedRequests[]): CountedRequests | null {
  if (readings.length === 0) return null;
  let [requests, failed] = [0, 0];
  for (const [index, reading] of readings.entries()) {
    const before = readings[index - 1] ?? reading;
    if (reading.requests < before.requests || reading.failed < before.failed) continue;
    requests += reading.requests - before.requests;
    failed += reading.failed - before.failed;
  }
  return { requests, failed };
}

const PERIOD_MINUTES = 30 * 24 * 60;

/**
 * The part of a 30-day error budget that an incident has used, in percent (pure): the share of failed requests over its
 * minutes, or all of its minutes where requests weren't counted.
 */
export function errorBudgetOf(
  objective: number,
  minutes: number,
  failed: number | null,
  requests: number | null,
): number {
  const share = failed === null || requests === null || requests === 0 ? 1 : failed / requests;
  const budget = (PERIOD_MINUTES * (100 - objective)) / 100;
  return budget === 0 ? (minutes * share > 0 ? 100 : 0) : (100 * minutes * share) / budget;
}

/** The class of an incident: the first rule of which any figure is reached, else `minor` (pure). */
export function classOf(rules: IncidentSettings["impact"], figures: Figures): string {
  const reached = (figure: number | null, from: number | undefined) =>
    figure !== null && from !== undefined && figure >= from;
  const met = rules.find(
    ({ users, failedRequests, minutes, errorBudgetPercent }) =>
      reached(figures.users, users) ||
      reached(figures.failedRequests, failedRequests) ||
      reached(figures.minutes, minutes) ||
      reached(figures.errorBudgetPercent, errorBudgetPercent),
  );
  return met?.class ?? "minor";
}
