import type { Message } from "../notify/channel.ts";
import type { ChangeEvent } from "../records/events.ts";
import { isWatched } from "./decide.ts";
import type { Plan } from "./plan.ts";
import type { Progress } from "./progress.ts";

/** So many intervals without a look, and nobody is at work on it. */
const INTERVALS = 2;
/** An update writes nothing until it has ended: one that is older has no runner any more, in milliseconds. */
export const LONGEST_UPDATE = 10 * 60_000;

/** Whether a release that hasn't passed has users now: somebody has to look at it (pure). */
function needsWatching({ steps }: Plan, { closed, weightsTouched, failure, restoredAt, stepIndex }: Progress): boolean {
  if (closed !== null || !weightsTouched) return false;
  if (failure !== null) return restoredAt === null;
  const step = steps[stepIndex];
  return step !== undefined && isWatched(step);
}

/**
 * Since when nobody looks at a canary that has users, in milliseconds (pure); null where somebody may, or nobody has to.
 * @param updating how long an update that was begun may go on without a word, in milliseconds
 */
export function unwatchedSince(
  plan: Plan,
  progress: Progress,
  last: Pick<ChangeEvent, "at"> | undefined,
  now: number,
  updating = LONGEST_UPDATE,
): number | null {
  if (last === undefined || !needsWatching(plan, progress)) return null;
  const since = Date.parse(last.at);
  const quiet = INTERVALS * plan.timing.interval + (progress.updating === null ? 0 : updating);
  return now - since > quiet ? since : null;
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
