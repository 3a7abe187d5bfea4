import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import type { LoadStats } from "../../verification/load/load.ts";
import type { Ran, World } from "./world.ts";

const resultSchema = z.object({
  type: z.literal("result"),
  exit: z.int(),
  change: z.string().nullable(),
  record: z.string().nullable(),
});

/** The last line of what a command printed with `--json`. */
export function resultOf(stdout: string): z.infer<typeof resultSchema> {
  return resultSchema.parse(JSON.parse(stdout.trim().split("\n").at(-1) ?? ""));
}

/** The text of every record in a store's folder. */
export async function eventsIn(folder: string): Promise<string> {
  const names = (await readdir(folder)).filter((name) => name.startsWith("CHG-"));
  const texts = names.map((name) => readFile(join(folder, name, "events.jsonl"), "utf8").catch(() => ""));
  return (await Promise.all(texts)).join("");
}

/** Between two looks, in milliseconds: a look starts a process, which would take the time of what is waited for. */
const LOOK_EVERY = 500;

/** Waits for a condition that the stack reaches by itself. */
export async function until(what: string, seconds: number, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + seconds * 1_000;
  while (!(await holds())) {
    assert.ok(Date.now() < deadline, `waited ${seconds} s for ${what}`);
    await delay(LOOK_EVERY);
  }
}

/** That a load has sent more than so many requests, and lost no request, no session and no WebSocket. */
export function lostNothing({ sent, failed, lostSessions, lostWebSockets, errors }: LoadStats, least: number): void {
  assert.ok(sent > least, `${sent} requests`);
  assert.deepEqual(
    { failed, lostSessions, lostWebSockets },
    { failed: 0, lostSessions: 0, lostWebSockets: 0 },
    errors.join("\n"),
  );
}

/** Starts a command twice at the same moment: one wins, the other leaves with 4 and has begun nothing. */
export async function race(world: World, ...args: string[]): Promise<Ran> {
  const [one, other] = await Promise.all([world.runbook(...args, "--json"), world.runbook(...args, "--json")]);
  const [won, lost] = one.code === 4 ? [other, one] : [one, other];
  assert.equal(lost.code, 4, lost.stdout + lost.stderr);
  assert.notEqual(won.code, 4, won.stderr);
  assert.match(lost.stderr, /another runner is at work|is held by/);
  assert.equal(resultOf(lost.stdout).change, null);
  return won;
}
