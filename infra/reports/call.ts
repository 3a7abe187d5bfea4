import type { Plan } from "../change/plan.ts";
import type { Message } from "../notify/channel.ts";
import type { ChangeEvent } from "../records/events.ts";
import { dataOf } from "./render/event-data.ts";

/** Problems that a message quotes; the details have them all. */
const MOST_PROBLEMS = 5;

/** A change that can't go on by itself. */
export interface Stuck {
  stack: string;
  change: string;
  plan: Pick<Plan, "runbook" | "release">;
  onCall: string;
  /** null: on the way back, or outside of the steps */
  step: string | null;
  /** what failed, such as `moving the weights back` */
  what: string;
  /** the stack's last known weights */
  stands: string;
  problems: readonly string[];
}

/** The key of the call for a person: one for each step, or part of the way back, that a change is stuck at (pure). */
function callKey({ stack, change, step, what }: Pick<Stuck, "stack" | "change" | "step" | "what">): string {
  return `${stack}/${change}/stuck/${step ?? what}`;
}

/** What whoever is on call is told of a change that can't go on by itself (pure). */
export function callMessage(stuck: Stuck, openedAt: string, at: string): Message {
  const { stack, change, plan, onCall, step, what, stands, problems } = stuck;
  const { runbook, release } = plan;
  const headline = `${stack}: a person is needed: ${what} failed in ${change} (${runbook})`;
  const lines = [
    ...problems.slice(0, MOST_PROBLEMS),
    `the stack's last known weights: ${stands}`,
    `see what stands where: \`runbook status --stack ${stack}\``,
    `when the cause is fixed: \`runbook resume --stack ${stack}\``,
    `${change}, on call: ${onCall}`,
  ];
  return {
    key: callKey(stuck),
    type: "stuck",
    change,
    stack,
    onCall,
    headline,
    lines,
    openedAt,
    at,
    component: release.id,
    details: { runbook, step, what, stands, problems: [...problems] },
    ticket: { title: headline, body: [headline, "", ...lines.map((line) => `- ${line}`)].join("\n") },
  };
}

/**
 * Whether a person was called by a key already (pure). `begun`: a runner died while it called. Where no channel could be
 * reached nobody was called, and the next time it is tried again.
 */
export function calledIn(events: readonly ChangeEvent[], key: string): "not yet" | "begun" | "called" {
  const called = events.some((event) => {
    const call = dataOf("stuck", event)?.call;
    return (
      call?.key === key && (call.deliveries.length === 0 || call.deliveries.some(({ delivered }) => delivered !== "no"))
    );
  });
  if (called) return "called";
  const last = events.findLast(
    (event) => dataOf("calling", event)?.key === key || dataOf("stuck", event)?.call?.key === key,
  );
  return last?.type === "calling" ? "begun" : "not yet";
}
