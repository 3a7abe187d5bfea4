import { z } from "zod";
import type { ChangeEvent } from "../../../infra/records/events.ts";
import type { LoadStats } from "../../load/statistics.ts";

/** The load's own view of a release: what the Gateway counts holds the runner's requests too, which prove that the traffic is back. */
type Answers = Pick<LoadStats, "byRelease">;

/** When a release last answered a user, at or after a moment; that moment where it hasn't since (pure). */
export function lastAnswer({ byRelease }: Answers, release: string, from: number): number {
  return Math.max(from, byRelease[release]?.lastAt ?? from);
}

const gateData = z.object({ answer: z.string() });
const updatedData = z.object({ seconds: z.number() });

/** A record's first event of a kind. @throws Error without one */
export function findEvent(
  events: readonly ChangeEvent[],
  what: string,
  wanted: (event: ChangeEvent) => boolean,
): { at: number; event: ChangeEvent } {
  const event = events.find(wanted);
  if (event === undefined) throw new Error(`the record tells of no ${what}`);
  return { at: Date.parse(event.at), event };
}

/** Whether an event tells of a gate that has failed (pure). */
export const isFailingGate = ({ type, data }: ChangeEvent): boolean =>
  type === "gate" && gateData.safeParse(data).data?.answer === "fail";

/** The seconds of the engine's own update before an event: a change's move of weights, by which its release got its traffic (pure). */
export function updateBefore(events: readonly ChangeEvent[], seq: number): number {
  return updatedData.parse(events.findLast((event) => event.type === "updated" && event.seq < seq)?.data).seconds;
}
