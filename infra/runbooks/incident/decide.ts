import { isTooRecent } from "../../notify/reached.ts";
import type { IncidentInput } from "./plan.ts";
import type { Situation } from "./situation.ts";
import type { IncidentVerdict } from "./verdict.ts";

type IncidentLimits = Omit<IncidentInput["limits"], "logMoreFor">;

/** The next thing to do. */
export type IncidentAction =
  | { kind: "look" | "hold" | "tell" | "log-more" | "log-as-before" | "finish" | "report" }
  | { kind: "restart"; pod: string; release: string }
  | { kind: "close"; outcome: "resolved" | "nothing found" }
  | { kind: "give up"; why: string }
  /** nothing to do before `until`; `others` where only somebody else can end the wait */
  | { kind: "wait"; until: number; for: "others" | "recovery"; why: string };

/** Updates of one kind that may fail before a person is asked. */
const MOST_FAILURES = 3;
/** Restarts for each pod of a release, replacements included. */
const RESTARTS_EACH = 2;
/** How long after a try that no channel has taken for certain people are told again at the earliest, in milliseconds. */
const TELL_AGAIN_AFTER = 60_000;
const WELL_SO_FAR = "no fault is seen: it is looked at again, since one look doesn't show that it lasts";

/**
 * What is done next in an incident: what is known of it and the time in, one action out (pure). The order is the
 * runbook's: look, tell the right person of what lasts, log more; restart only once the backends have taken real writes in a
 * row, one pod at a time, and only pods that had their time to recover by themselves. It ends once as many looks in a row have
 * found no fault. Nothing is concluded from a look that is older than the pause between two.
 * @param loggingEnds when the debug copy goes; null while there is none
 */
export function decideIncident(
  situation: Situation,
  loggingEnds: number | null,
  limits: IncidentLimits,
  now: number,
): IncidentAction {
  const { look, finished, reported } = situation;
  if (finished) return reported ? { kind: "close", outcome: "resolved" } : { kind: "report" };
  const next = (look?.at ?? now) + limits.interval;
  // Whoever takes over, or has waited, doesn't know what has become of it since; nor does one whose clock was set back.
  const isOld = look !== null && (now >= next || now < look.at);
  if (look === null || situation.stale || isOld) return { kind: "look" };
  // A pod that crashes over and over is ready at one look and not at the next.
  const isWell = situation.faultless >= limits.writes && look.missing === 0;
  if (situation.detectedAt === null) {
    if (isWell) return { kind: "close", outcome: "nothing found" };
    return { kind: "wait", until: next, for: "recovery", why: whyAgain(look) };
  }
  if (situation.failures >= MOST_FAILURES) return { kind: "give up", why: "the stack can't be updated" };
  if (!situation.held) return { kind: "hold" };
  if (loggingEnds !== null && now >= loggingEnds) return { kind: "log-as-before" };
  const replacing = isReplacing(situation, look, limits, now);
  if (isWell && !replacing) {
    return loggingEnds === null ? { kind: "finish" } : { kind: "log-as-before" };
  }
  // One that comes and goes lasts as well: what is well for some looks ends the incident.
  const persists = look.verdict.kind !== "none" && now - situation.detectedAt >= limits.persistsAfter;
  if (persists && isToTell(situation, now)) return { kind: "tell" };
  if (persists && situation.logging === "never") return { kind: "log-more" };
  if (look.backends === "ill" || isOfThirdParty(look.verdict)) {
    return { kind: "wait", until: next, for: "others", why: look.verdict.summary };
  }
  if (situation.streak >= limits.writes && !replacing) {
    const restart = decideRestart(situation, look, limits, now);
    if (restart !== null) return restart;
  }
  const exhausted = look.failing.length > 0 && situation.restarts >= RESTARTS_EACH * look.pods;
  const gateway = look.failing.length === 0 && look.verdict.kind !== "none";
  const waitsFor = exhausted || gateway ? "others" : "recovery";
  return {
    kind: "wait",
    until: next,
    for: waitsFor,
    why: replacing ? "a pod is being replaced" : whyAgain(look),
  };
}

/** Why it is looked at again. */
function whyAgain({ verdict, missing }: NonNullable<Situation["look"]>): string {
  if (verdict.kind !== "none") return verdict.summary;
  return missing > 0 ? `pods that are missing and may still start: ${missing}` : WELL_SO_FAR;
}

/** Whether nobody was told for certain yet, and the last try is some time ago (pure). */
function isToTell({ told, untoldAt, doubtfulFrom }: Situation, now: number): boolean {
  if (told || untoldAt === null) return !told;
  const tooRecent = doubtfulFrom !== null && isTooRecent({ firstAt: doubtfulFrom, lastAt: untoldAt }, now);
  return now >= untoldAt + TELL_AGAIN_AFTER && !tooRecent;
}

/** Whether the pods fail with somebody else's service: new ones would fail with it too (pure). */
function isOfThirdParty({ suspect, also }: IncidentVerdict): boolean {
  return [suspect, ...also.map((found) => found.suspect)].includes("third party");
}

/** Whether the pod that was replaced last is still on its way out or its successor isn't there yet; no longer than a start may take. */
function isReplacing(
  { lastRestartAt, podsBeforeRestart }: Situation,
  { pods, leaving }: NonNullable<Situation["look"]>,
  { startWithin }: IncidentLimits,
  now: number,
): boolean {
  return lastRestartAt !== null && now < lastRestartAt + startWithin && (leaving > 0 || pods < podsBeforeRestart);
}

/**
 * The pod that has had its time and hasn't recovered; none while the last one's successor is still starting, and none twice.
 */
function decideRestart(
  { failingSince, lastRestartAt, restarts, replaced, wellSince }: Situation,
  { failing, pods }: NonNullable<Situation["look"]>,
  { recoverWithin, startWithin }: IncidentLimits,
  now: number,
): IncidentAction | null {
  if (wellSince === null || now < wellSince + recoverWithin || restarts >= RESTARTS_EACH * pods) return null;
  const since = (name: string): number => failingSince[name] ?? now;
  const starting = failing.some(
    ({ name }) => lastRestartAt !== null && since(name) >= lastRestartAt && now < since(name) + startWithin,
  );
  if (starting) return null;
  const [pod] = failing.filter(
    ({ name, release }) => release !== null && !replaced.includes(name) && now >= since(name) + recoverWithin,
  );
  return pod === undefined || pod.release === null ? null : { kind: "restart", pod: pod.name, release: pod.release };
}
