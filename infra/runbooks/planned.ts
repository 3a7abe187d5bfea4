import { type ChangeEvent, writtenIn } from "../records/events.ts";
import { inputSchema } from "./input.ts";

/** What a change was planned from, as its record tells it (pure); null before it has a plan. */
export function plannedIn(events: readonly ChangeEvent[]): ReturnType<typeof inputSchema.safeParse> | null {
  const planned = events.find(({ type }) => type === "planned");
  return planned === undefined ? null : inputSchema.safeParse(writtenIn(planned));
}
