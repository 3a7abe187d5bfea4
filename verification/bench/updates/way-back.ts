import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { EXIT } from "../../../infra/errors.ts";
import { totals } from "../../../infra/metrics/reading.ts";
import type { ChangeEvent } from "../../../infra/records/events.ts";
import type { Session } from "../../../infra/runner/session.ts";
import { runbook } from "../../demo/commands.ts";
import { printTable, type Write } from "./table.ts";

const TARGET = 1.5;
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
export const updatedData = z.object({ seconds: z.number() });

export function findEvent(
  events: readonly ChangeEvent[],
  what: string,
  wanted: (event: ChangeEvent) => boolean,
): { at: number; event: ChangeEvent } {
  const event = events.find(wanted);
  if (event === undefined) throw new Error(`the record tells of no ${what}`);
  return { at: Date.parse(event.at), event };
}

const isFailingGate = ({ type, data }: ChangeEvent): boolean =>
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

interface WayBack {
  /** seconds of the canary's own move of weights just before: one bare update of the engine */
  bare: number;
  /** seconds from the failing gate's event to the last request that the bad release answered */
  traffic: number;
  /** and to the proof of it: the route read back, a sample of requests taken */
  restored: number;
}

/** One canary of a bad release under load, from the gate that fails to all traffic back. */
async function takeBack(session: Session, release: string): Promise<WayBack> {
  const args = ["promote", "--from", "staging", "--to", session.stack.name, "--wait", "--json"];
  const promoted = runbook(args, { output: "kept" });
  const readings = await readWhile(session, release, promoted);
  const { code } = await promoted;
  if (code !== EXIT.restored) throw new Error(`the bad release's promotion ended with ${code}, not ${EXIT.restored}`);
  const change = (await session.store.list()).at(-1) ?? "";
  const events = await session.store.read(change);
  const { at: failed, event } = findEvent(events, "failing gate", isFailingGate);
  const { at: restored } = findEvent(events, "restore", ({ type }) => type === "restored");
  const moves = events.filter(({ type, seq }) => type === "updated" && seq < event.seq);
  const bare = updatedData.parse(moves.at(-1)?.data).seconds;
  const last = lastAnswerAt(readings, failed, restored) ?? failed;
  return { bare, traffic: (last - failed) / 1_000, restored: (restored - failed) / 1_000 };
}

/** How long a bad release keeps traffic after the sample that shows it, as a multiple of one bare update. */
export async function benchWayBack(
  rounds: number,
  { session, release }: { session: Session; release: string },
  write: Write,
): Promise<void> {
  const ways: WayBack[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const way = await takeBack(session, release);
    ways.push(way);
    write(
      `  way back: last request ${way.traffic.toFixed(2)} s after the failing sample, proof ${way.restored.toFixed(2)} s`,
    );
  }
  const bare = ways.map((way) => way.bare);
  const traffic = ways.map((way) => way.traffic);
  const restored = ways.map((way) => way.restored);
  printTable(write, "From the failing sample to all traffic on the old release, 200 requests/s", [
    { what: "the engine's update that had given it the traffic", seconds: bare, against: null, target: null },
    { what: "the last request of the bad release", seconds: traffic, against: bare, target: TARGET },
    { what: "read back and recorded", seconds: restored, against: bare, target: null },
  ]);
}
