import type { EventData } from "../../records/events.ts";
import { type Call, calledIn, callMessage } from "../../reports/call.ts";
import { untold } from "../../reports/render/describe.ts";
import type { Run } from "../effect.ts";

/** What is called for, without what the run itself knows. */
export type Why = Omit<Call, "stack" | "change" | "plan" | "onCall">;

/**
 * Calls whoever is on call, once for each step and cause, however often the change is resumed; again where no channel has taken the call for
 * certain. That it begins is recorded first, so that a runner that takes over sends nothing twice.
 * @returns what the event about the cause says of the call; nothing where there was one before
 */
export async function callPerson(
  { session, journal, plan }: Pick<Run, "session" | "journal"> & Pick<Call, "plan">,
  why: Why,
): Promise<EventData> {
  const events = journal.events();
  const now = session.clock.now();
  const at = new Date(now).toISOString();
  const call = { ...why, stack: session.stack.name, change: journal.change, plan, onCall: session.onCall };
  const message = callMessage(call, events[0]?.at ?? at, at);
  const before = calledIn(events, message.key, now);
  if (before === "called") return {};
  if (before === "not yet") await journal.write("calling", why.step, { key: message.key });
  const deliveries = await session.announce(message, before === "begun" ? "again" : "first");
  session.reporter.problems(untold(deliveries));
  return { call: { key: message.key, deliveries } };
}
