import { setTimeout as delay } from "node:timers/promises";
import type { ChangeEvent } from "../../../infra/records/events.ts";
import { dataOf } from "../../../infra/reports/render/event-data.ts";
import { ACCOUNTS } from "../../../sandbox/cloud/accounts.ts";
import { promoteByService, settingsOfService } from "../../demo/left-to-service.ts";
import type { LoadStats } from "../../load/load.ts";
import { spawnLoad } from "../../load/spawn.ts";
import { differences, type End, readEnd } from "../end.ts";
import { readRecord } from "../record.ts";
import { command, inSandbox, type Room } from "../sandbox.ts";
import { type Kill, momentText, secondsToEvent, type TakeOver } from "./kills.ts";
import { openPair, type Pair } from "./pair.ts";

/** What a run of kills came to. */
export interface Outcome {
  takeOvers: readonly (TakeOver & { secondsToEvent: number | null })[];
  /** promotes with kills; what differs from the one without, by promote */
  promotes: number;
  differing: readonly string[];
  load: LoadStats;
}

/** How a run tells what it does. */
export interface Telling {
  says(line: string): void;
  killed(takeOver: TakeOver, moment: string): void;
}

const STACK = "production";
/** How often a record is looked at for its end, and for how long after the last kill, in milliseconds. */
const LOOK_EVERY = 200;
const ENDS_WITHIN = 600_000;
/** What the load's own documents say: how many there are at a time is its own. */
const OF_LOAD = "written by the load generator";
/** Whom the load logs in. The application lists a user's newest documents alone: among the load's own the journeys' wouldn't be seen. */
const USER = "users@example.com";
const REQUESTS_PER_SECOND = 100;
/** What a successor tells of the seconds before it. Time is shortened here: in production they would be no reason. */
const UNWATCHED = "a canary with users has been unwatched";
/** A migration's number in its table: a rollback between two promotions deletes the row, and the sequence gives no number twice. */
const NUMBER_OF_MIGRATION = /^(pgmigrations \{"row":\{)"id":\d+,/;

interface Promoted {
  takeOvers: TakeOver[];
  events: ChangeEvent[];
  end: End;
}

/** One promotion, with as many of the kills as it lasts for. */
async function promote(
  { env, records }: Room,
  settings: string,
  { pair, kills, told }: { pair: Pair; kills: readonly Kill[]; told: Telling["killed"] },
): Promise<Promoted> {
  const begunAt = new Date();
  const change = await promoteByService(STACK, settings, env);
  const read = async () => (await readRecord(records, change)).events;
  const hasEnded = async () => (await read()).at(-1)?.type === "closed";
  const endsWithin = async (milliseconds: number) => {
    const deadline = performance.now() + milliseconds;
    for (;;) {
      if (await hasEnded()) return true;
      const left = deadline - performance.now();
      if (left <= 0) return false;
      await delay(Math.min(LOOK_EVERY, left));
    }
  };
  const takeOvers: TakeOver[] = [];
  for (const kill of kills) {
    await pair.whole();
    if (await endsWithin(kill.after)) break;
    const takeOver = await pair.kill(change, kill, hasEnded);
    if (takeOver === null) break;
    takeOvers.push(takeOver);
    told(takeOver, momentText(await read(), takeOver.killedAt));
  }
  if (!(await endsWithin(ENDS_WITHIN))) throw new Error(`${change} came to no end`);
  const record = await readRecord(records, change);
  const { database, tickets, ...rest } = await readEnd(STACK, env, record, begunAt);
  const end = {
    ...rest,
    database: database.filter((line) => !line.includes(OF_LOAD)).map((line) => line.replace(NUMBER_OF_MIGRATION, "$1")),
    tickets: tickets.filter((line) => !line.includes(UNWATCHED)),
  };
  return { takeOvers, events: record.events, end };
}

const isDone = ({ events }: Promoted): boolean => events.some((event) => dataOf("closed", event)?.outcome === "done");

/** Promotes version 2 over and over, back with a rollback in between: first without a kill, then until all kills have been made. */
async function promoteWithKills(room: Room, pair: Pair, kills: readonly Kill[], telling: Telling) {
  const settings = await settingsOfService(STACK, room.env);
  telling.says("a promotion without a kill ...");
  const whole = await promote(room, settings, { pair, kills: [], told: telling.killed });
  if (!isDone(whole)) throw new Error("it was not carried out, so that there is nothing to compare with");
  const takeOvers: (TakeOver & { secondsToEvent: number | null })[] = [];
  const differing: string[] = [];
  let promotes = 0;
  let last = whole;
  while (takeOvers.length < kills.length) {
    // One that was taken back stands where it began.
    if (isDone(last)) await command("runbook", ["rollback", "--stack", STACK, "--wait"], room.env);
    promotes += 1;
    telling.says(`promotion ${promotes} with kills ...`);
    const left = kills.slice(takeOvers.length);
    const killed = await promote(room, settings, { pair, kills: left, told: telling.killed });
    last = killed;
    const seconds = secondsToEvent(killed.takeOvers, killed.events);
    takeOvers.push(...killed.takeOvers.map((one, index) => ({ ...one, secondsToEvent: seconds[index] ?? null })));
    const found = differences(killed.end, whole.end).map((line) => `promotion ${promotes}: ${line}`);
    differing.push(...found);
    telling.says(
      `promotion ${promotes}: ${killed.takeOvers.length} kills, ${found.length === 0 ? "the same end" : `${found.length} differences`}`,
    );
    for (const line of found) telling.says(`  ${line}`);
  }
  return { takeOvers, promotes, differing };
}

/** Kills the service that leads in the middle of promotions under load, one kill after another. */
export function killLeaders(kills: readonly Kill[], telling: Telling): Promise<Outcome> {
  return inSandbox(["staging", STACK], async (room) => {
    const { env, release, gateways } = room;
    await command("runbook", ["deploy", "--stack", "staging", "--release", release, "--wait"], env);
    const { syntheticPassword: password } = ACCOUNTS[STACK];
    const offered = { user: USER, password, requestsPerSecond: REQUESTS_PER_SECOND };
    const load = await spawnLoad({ baseUrl: gateways[STACK].gateway, ...offered, maxSeconds: null });
    try {
      const pair = await openPair(STACK, env);
      try {
        await pair.whole();
        const ran = await promoteWithKills(room, pair, kills, telling);
        return { ...ran, load: await load.stop() };
      } finally {
        await pair.end();
      }
    } finally {
      await load.stop();
    }
  });
}
