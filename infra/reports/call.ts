import { printableLine, ticketLine } from "../domain/plain-text.ts";
import type { Message } from "../notify/channel.ts";
import { hasReached } from "../notify/reached.ts";
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
 * Whether a person was called by a key already (pure). `begun`: a runner died while it called. Where no channel could be
 * reached nobody was called, and the next time it is tried again.
 */
export function calledIn(events: readonly ChangeEvent[], key: string): "not yet" | "begun" | "called" {
  const called = events.some((event) => {
    const call = callOf(event);
    if (call?.key !== key) return false;
    return hasReached(call.deliveries);
  });
  if (called) return "called";
  const last = events.findLast((event) => (dataOf("calling", event) ?? callOf(event))?.key === key);
  return last?.type === "calling" ? "begun" : "not yet";
}
