import type { LearntAlarm } from "./alarm.ts";
import { CHECK_NAMES } from "./diagnose.ts";
import type { Cause, Found, IncidentVerdict, Suspect } from "./verdict.ts";

type Fault = Pick<Found, "suspect" | "cause">;

/** The words that a readiness check gives for a cause; a cause without any is known by the failing check alone. */
const WORDS: Readonly<Partial<Record<Cause, Readonly<Partial<Record<Suspect, readonly string[]>>>>>> = {
  full: { redis: ["OOM"], postgres: ["53100", "53200"] },
  failover: { redis: ["READONLY", "MASTERDOWN"], postgres: ["25006"] },
  refusing: { redis: ["LOADING", "BUSY"], postgres: ["53300", "57P03", "55000"], supabase: ["HTTP_503", "HTTP_429"] },
  slow: { supabase: ["timeout"], redis: ["timeout"], postgres: ["timeout"] },
  "revoked credentials": {
    redis: ["WRONGPASS", "NOAUTH"],
    postgres: ["28P01", "28000"],
    supabase: ["HTTP_401", "HTTP_403"],
  },
  "wrong credentials": { redis: ["WRONGPASS", "NOAUTH"], postgres: ["28P01"], supabase: ["HTTP_401", "HTTP_403"] },
};

const DEPENDENCIES = ["redis", "postgres", "supabase"] as const;
const isDependency = (suspect: Suspect): suspect is (typeof DEPENDENCIES)[number] =>
  DEPENDENCIES.some((name) => name === suspect);

const slug = (text: string): string => text.replaceAll(/[^a-z0-9]+/g, "-");

/** Lines in which a pod says that its check of a dependency fails, whatever the readiness calls it. */
function failingCheck(suspect: (typeof DEPENDENCIES)[number]): string {
  const terms = CHECK_NAMES[suspect].map((name) => `($.checks.${name}.status = "fail")`);
  return `{ ${terms.join(" || ")} }`;
}

function withWords(suspect: (typeof DEPENDENCIES)[number], words: readonly string[]): string {
  const terms = CHECK_NAMES[suspect].flatMap((name) => words.map((word) => `($.checks.${name}.reason = "${word}")`));
  return `{ ${terms.join(" || ")} }`;
}

function alarmsOf({ suspect, cause }: Fault, change: string): LearntAlarm[] {
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
  const words = WORDS[cause]?.[suspect];
  const failing: LearntAlarm = {
    over: "logs",
    signal: `${suspect}-check-fails`,
    pattern: failingCheck(suspect),
    meaning: `The pods' check of ${suspect} fails: run the database incident runbook`,
    change,
  };
  if (words === undefined) return [failing];
  const named: LearntAlarm = {
    over: "logs",
    signal: `${suspect}-${slug(cause)}`,
    pattern: withWords(suspect, words),
    meaning: `${suspect}: ${cause}, say the pods' checks: run the database incident runbook`,
    change,
  };
  return [failing, named];
}

/** The alarms that would have caught an incident (pure). A cause has its own, so that the page names it. */
export function lessonsOf(verdict: IncidentVerdict, change: string): LearntAlarm[] {
  const { suspect, cause, also } = verdict;
  if (suspect === null || cause === null) return [];
  return [{ suspect, cause }, ...also].flatMap((fault) => alarmsOf(fault, change));
}
