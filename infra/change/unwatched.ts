import type { Message } from "../notify/channel.ts";
import type { ChangeEvent } from "../records/events.ts";
import { isAtWork } from "./at-work.ts";
import { isWatched, waitsForPerson } from "./decide.ts";
import type { Plan } from "./plan.ts";
import type { Progress } from "./progress.ts";

/** So many intervals without a look, and nobody is at work on it. */
const INTERVALS = 2;
/** An update writes nothing until it has ended: one that is older has no runner any more, in milliseconds. */
export const LONGEST_UPDATE = 10 * 60_000;

/** What shows what a canary did to its users, or from when on it had them. */
const LOOKS = new Set(["gate", "round", "updated"]);

/** Whether a release that hasn't passed has users now: somebody has to look at it (pure). */
function needsWatching({ steps }: Plan, progress: Progress): boolean {
  const { closed, weightsTouched, failure, restoredAt, stepIndex } = progress;
  if (closed !== null || !weightsTouched) return false;
  if (failure !== null) return restoredAt === null;
  const step = steps[stepIndex];
  // Where nobody uses it, the runner has left on purpose, until a person agrees.
  return step !== undefined && isWatched(step) && !waitsForPerson(step, progress);
}

/** The last that a runner has written (pure). */
function lastAtWork<Event extends Pick<ChangeEvent, "type">>(events: readonly Event[]): Event | undefined {
  return events.findLast(isAtWork);
}

/** Whether the last runner asked for a person, whom it has called: nobody has to be told once more that it is gone (pure). */
export function hasCalled(events: readonly Pick<ChangeEvent, "type" | "data">[]): boolean {
  const last = lastAtWork(events);
  return last?.type === "stuck" || (last?.type === "moved" && "call" in last.data);
}

/**
 * Since when nobody looks at a canary that has users, in milliseconds (pure): since the last look at it, so that it stays the same however
 * many runners take it up in vain. Null where somebody may be looking, or nobody has to.
 * @param updating how long an update that was begun may go on without a word, in milliseconds
 */
export function unwatchedSince(
  plan: Plan,
  progress: Progress,
  events: readonly Pick<ChangeEvent, "at" | "type">[],
  now: number,
  updating = LONGEST_UPDATE,
): number | null {
  const last = lastAtWork(events);
  if (last === undefined || !needsWatching(plan, progress)) return null;
  const quiet = INTERVALS * plan.timing.interval + (progress.updating === null ? 0 : updating);
  if (now - Date.parse(last.at) <= quiet) return null;
  return Date.parse((events.findLast(({ type }) => LOOKS.has(type)) ?? last).at);
}

/** What is said of it in the terminal and in messages (pure). */
export function unwatchedInWords(since: string): string {
  return `a canary with users has been unwatched since ${since}`;
}

/** What the channels are told when a runner takes such a canary up (pure). */
export function unwatchedMessage(
  { stack, onCall, openedAt }: { stack: string; onCall: string; openedAt: string },
  { change, plan, since, now }: { change: string; plan: Plan; since: string; now: number },
): Message {
  const { version } = plan.release.manifest;
  const at = new Date(now).toISOString();
  const headline = `${stack}: ${unwatchedInWords(since)}`;
  const lines = [
    `${version} (${plan.release.id}) had users, and no runner looked at it: the last one was killed or lost its connection.`,
    `${change} was recovered at ${at}; on call: ${onCall}`,
  ];
  return {
    key: `${stack}/${change}/unwatched/${since}`,
    type: "unwatched",
    change,
    stack,
    onCall,
    headline,
    lines,
    openedAt,
    at,
    component: plan.release.id,
    details: { runbook: plan.runbook, since, release: { version, id: plan.release.id } },
    ticket: { title: headline, body: [headline, "", ...lines.map((line) => `- ${line}`)].join("\n") },
  };
}
