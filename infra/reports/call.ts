import { printableLine, ticketLine } from "../domain/plain-text.ts";
import type { Message } from "../notify/channel.ts";
import { hasReached, isTooRecent, mayHaveReached } from "../notify/reached.ts";
import type { ChangeEvent } from "../records/events.ts";
import { callOf, dataOf } from "./render/event-data.ts";

/** Problems that a message quotes; the details have them all. */
const MOST_PROBLEMS = 5;

/** Why a change can't go on by itself, and who is called for that. */
export interface Call {
  stack: string;
  change: string;
  plan: { runbook: string; release: { id: string } };
  onCall: string;
  /** null: on the way back, or outside of the steps */
  step: string | null;
  /** what failed, such as `moving the weights back`: with the step it tells one call from another */
  what: string;
  /** the same as a sentence */
  why: string;
  /** the weights that the stack is known to have */
  stands: string;
  problems: readonly string[];
  /** what is to be done, with the command */
  remedy: string;
}

/** The key of the call for a person: one for each step, or part of the way back, that a change is stuck at (pure). */
function callKey({ stack, change, step, what }: Pick<Call, "stack" | "change" | "step" | "what">): string {
  return `${stack}/${change}/stuck/${step ?? what}`;
}

/** What whoever is on call is told of a change that can't go on by itself (pure). */
export function callMessage(call: Call, openedAt: string, at: string): Message {
  const { stack, change, plan, onCall, step, what, why, stands, problems, remedy } = call;
  const { runbook, release } = plan;
  const headline = `${stack}: a person is needed for ${change} (${runbook}): ${why}`;
  const lines = [
    ...problems.slice(0, MOST_PROBLEMS),
    `the stack's last known weights: ${stands}`,
    `see what stands where: runbook status --stack ${stack}`,
    remedy,
    `${change}, on call: ${onCall}`,
  ];
  return {
    key: callKey(call),
    type: "stuck",
    change,
    stack,
    onCall,
    headline,
    lines,
    openedAt,
    at,
    component: release.id,
    details: { runbook, step, what, why, stands, problems: [...problems] },
    ticket: {
      title: printableLine(headline),
      body: [ticketLine(headline), "", ...lines.map((line) => `- ${ticketLine(line)}`)].join("\n"),
    },
  };
}

/**
 * Whether a person was called by a key already (pure). `begun`: a runner died while it called. Where no channel has taken the call for
 * certain, the next runner makes it again; `called` also while it is too early for that, after a call that a channel may have taken.
 * @param now milliseconds since the epoch
 */
export function calledIn(events: readonly ChangeEvent[], key: string, now: number): "not yet" | "begun" | "called" {
  const calls = events.flatMap((event) => {
    const call = callOf(event);
    return call?.key === key ? [{ at: Date.parse(event.at), deliveries: call.deliveries }] : [];
  });
  if (calls.some(({ deliveries }) => hasReached(deliveries))) return "called";
  const last = events.findLast((event) => (dataOf("calling", event) ?? callOf(event))?.key === key);
  if (last?.type === "calling") return "begun";
  const doubtful = calls.slice(1 + calls.findLastIndex(({ deliveries }) => !mayHaveReached(deliveries)));
  const [one, other] = [doubtful[0], doubtful.at(-1)];
  if (one === undefined || other === undefined) return "not yet";
  return isTooRecent({ firstAt: one.at, lastAt: other.at }, now) ? "called" : "not yet";
}
