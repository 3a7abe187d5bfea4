import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { totals } from "../../../infra/metrics/reading.ts";
import type { ChangeEvent } from "../../../infra/records/events.ts";
import type { Session } from "../../../infra/runner/session.ts";

/** Milliseconds between two readings of the Gateway's counters: how exactly the last request is known. */
const READ_EVERY = 50;

/** How many requests a release had answered, and when that was read. */
export interface Reading {
  at: number;
  requests: number;
}

/** When the release was last seen to answer more requests than before, within a span of time (pure). */
export function lastAnswerAt(readings: readonly Reading[], from: number, to: number): number | null {
  const grown = readings.filter(({ at, requests }, index) => {
    const before = readings[index - 1];
    return before !== undefined && at >= from && at <= to && requests > before.requests;
  });
  return grown.at(-1)?.at ?? null;
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

/** Reads a release's counter over and over while some work goes on. */
export async function readWhile(session: Session, release: string, work: Promise<unknown>): Promise<Reading[]> {
  const readings: Reading[] = [];
  let over = false;
  const ended = work.finally(() => {
    over = true;
  });
  while (!over) {
    const [newest] = await session.counters();
    if (newest !== undefined) readings.push({ at: newest.to, requests: totals(newest)[release]?.requests ?? 0 });
    await delay(READ_EVERY);
  }
  await ended;
  return readings;
}

/** The seconds of the engine's own update before an event: a change's move of weights, by which its release got its traffic (pure). */
export function updateBefore(events: readonly ChangeEvent[], seq: number): number {
  return updatedData.parse(events.findLast((event) => event.type === "updated" && event.seq < seq)?.data).seconds;
}
