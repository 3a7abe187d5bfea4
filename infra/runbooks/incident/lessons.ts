import type { LearntAlarm } from "../../domain/alarm.ts";
import { CHECK_NAMES } from "./diagnose.ts";
import type { IncidentVerdict, Suspect } from "./verdict.ts";

const DEPENDENCIES = ["redis", "postgres", "supabase"] as const;
const isDependency = (suspect: Suspect): suspect is (typeof DEPENDENCIES)[number] =>
  DEPENDENCIES.some((name) => name === suspect);

/** Lines in which a pod says that its check of a dependency fails, whatever the readiness calls it. */
function failingCheck(suspect: (typeof DEPENDENCIES)[number]): string {
  const terms = CHECK_NAMES[suspect].map((name) => `($.checks.${name}.status = "fail")`);
  return `{ ${terms.join(" || ")} }`;
}

function alarmsOf(suspect: Suspect, change: string): LearntAlarm[] {
  if (suspect === "gateway") {
    return [
      {
        over: "requests",
        signal: "no-requests",
        meaning: "No request reaches the gateway any more: is it cut off?",
        change,
      },
    ];
  }
  if (!isDependency(suspect)) {
    return [
      {
        over: "logs",
        signal: "pod-not-ready",
        pattern: `{ $.message = "readiness: not_ready" }`,
        meaning: "A pod has become unready: is it this one alone?",
        change,
      },
    ];
  }
  return [
    {
      over: "logs",
      signal: `${suspect}-check-fails`,
      pattern: failingCheck(suspect),
      meaning: `The pods' check of ${suspect} fails: run the database incident runbook`,
      change,
    },
  ];
}

/** The alarms that would have caught an incident (pure). */
export function lessonsOf(verdict: IncidentVerdict, change: string): LearntAlarm[] {
  const { suspect, also } = verdict;
  if (suspect === null) return [];
  const suspects = new Set([suspect, ...also.map((found) => found.suspect)]);
  return [...suspects].flatMap((one) => alarmsOf(one, change));
}
