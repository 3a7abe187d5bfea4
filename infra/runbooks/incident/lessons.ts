import type { LearntAlarm } from "../../domain/alarm.ts";
import { CHECK_NAMES } from "./diagnose.ts";
import type { IncidentVerdict, Suspect } from "./verdict.ts";

const isDependency = (suspect: Suspect): suspect is keyof typeof CHECK_NAMES => Object.hasOwn(CHECK_NAMES, suspect);

/** Lines in which a pod says that its check of a dependency fails, whatever the readiness calls it. */
function failingCheck(suspect: keyof typeof CHECK_NAMES): string {
  const terms = CHECK_NAMES[suspect].map((name) => `($.checks.${name}.status = "fail")`);
  return `{ ${terms.join(" || ")} }`;
}

function alarmOf(suspect: Suspect, change: string): LearntAlarm {
  if (suspect === "gateway") {
    const meaning = "No request reaches the gateway any more: is it cut off?";
    return { over: "requests", signal: "no-requests", meaning, change };
  }
  if (!isDependency(suspect)) {
    const meaning = "A pod has become unready: is it this one alone?";
    const pattern = `{ $.message = "readiness: not_ready" }`;
    return { over: "logs", signal: "pod-not-ready", pattern, meaning, change };
  }
  const meaning = `The pods' check of ${suspect} fails: run the database incident runbook`;
  return { over: "logs", signal: `${suspect}-check-fails`, pattern: failingCheck(suspect), meaning, change };
}

/** The alarms that would have caught an incident (pure). */
export function lessonsOf({ suspect, also }: IncidentVerdict, change: string): LearntAlarm[] {
  if (suspect === null) return [];
  const suspects = new Set([suspect, ...also.map((found) => found.suspect)]);
  return [...suspects].map((one) => alarmOf(one, change));
}
