import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { z } from "zod";
import type { Log } from "./log.ts";

/** Postgres' code for a lock that wasn't had within lock_timeout. */
const LOCK_NOT_AVAILABLE = "55P03";
const TRIES = 5;
const FIRST_PAUSE_MS = 1_000;
const LOOK_EVERY_MS = 250;

const pid = z.tuple([z.object({ pid: z.int() })]);
const holders = z.array(z.looseObject({ pid: z.int() }));

/** Who holds what a session waits for, never what they run: a statement may have data in it. */
const HOLDERS = `select pid, usename as "user", application_name as application, state,
  extract(epoch from now() - xact_start)::int as seconds from pg_stat_activity where pid = any (pg_blocking_pids($1))`;

function isLockTimeout(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof pg.DatabaseError && cause.code === LOCK_NOT_AVAILABLE) return true;
  }
  return false;
}

/** Looks, on a connection of its own, who makes `client` wait, until `work` has ended; the last ones that were seen. */
async function watched<T>(
  client: pg.Client,
  url: string,
  seen: (held: unknown[]) => void,
  work: () => Promise<T>,
): Promise<T> {
  const [own] = pid.parse((await client.query("select pg_backend_pid() as pid")).rows);
  const other = new pg.Client({ connectionString: url });
  other.on("error", () => undefined);
  await other.connect();
  const ended = new AbortController();
  const looking = (async () => {
    while (!ended.signal.aborted) {
      const found = holders.parse((await other.query(HOLDERS, [own.pid])).rows);
      if (found.length > 0) seen(found);
      await delay(LOOK_EVERY_MS, undefined, { signal: ended.signal }).catch(() => undefined);
    }
  })();
  try {
    return await work();
  } finally {
    ended.abort();
    await looking.finally(() => other.end());
  }
}

/**
 * Does work that takes locks under the session's lock_timeout, which the runbook sets: what can't have its lock in that time lets everybody behind it
 * go on, says who holds it, and is tried again, longer apart each time.
 * @throws Error of the last try
 */
export async function withLockTries(
  client: pg.Client,
  url: string,
  log: Log,
  work: () => Promise<void>,
): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    let held: unknown[] = [];
    try {
      const see = (found: unknown[]) => {
        held = found;
      };
      await watched(client, url, see, work);
      return;
    } catch (error) {
      if (!isLockTimeout(error) || tries === TRIES) throw error;
      const pause = FIRST_PAUSE_MS * 2 ** (tries - 1);
      log.warn("a lock couldn't be had within lock_timeout: tried again", {
        tries,
        of: TRIES,
        pauseMs: pause,
        heldBy: held,
      });
      await delay(pause);
    }
  }
}
