import { PG_MIGRATE_LOCK_ID } from "node-pg-migrate";
import type pg from "pg";
import type { Log } from "./log.ts";

/** What a command does to the database for a change. */
export interface Run {
  /** RUNBOOK_CHANGE: the change's id */
  change: string;
  work: "up" | "down" | "backup" | "restore";
  /** the migration's or the backup's id */
  target: string;
}

/** A schema of its own: a backup doesn't take it in, and a restore doesn't take it back. */
const TABLE = "runbooks.runs";

/** Names the run; null where nobody set RUNBOOK_CHANGE: a person who runs the command by hand answers for it. */
export function runOf(work: Run["work"], target: string, env: NodeJS.ProcessEnv = process.env): Run | null {
  const change = env.RUNBOOK_CHANGE ?? "";
  return change === "" ? null : { change, work, target };
}

/**
 * Does a change's work once, under node-pg-migrate's own advisory lock (it may be taken twice in one session). `work` calls
 * `note` in the transaction that does it: so the row is there exactly where the work was kept, wherever the command is killed, and
 * a run that was cut off can be made again by its change.
 */
export async function once(
  client: pg.Client,
  log: Log,
  run: Run | null,
  work: (note: () => Promise<void>) => Promise<void>,
): Promise<void> {
  await client.query("select pg_advisory_lock($1)", [PG_MIGRATE_LOCK_ID]);
  try {
    if (run !== null && (await isNoted(client, run))) {
      return log.info(`${run.change} has done this already: nothing is done again`, { ...run });
    }
    await work(async () => {
      if (run !== null) await note(client, run);
    });
  } finally {
    await client.query("select pg_advisory_unlock($1)", [PG_MIGRATE_LOCK_ID]);
  }
}

async function isNoted(client: pg.Client, { change, work, target }: Run): Promise<boolean> {
  const { rowCount: tables } = await client.query("select 1 where to_regclass($1) is not null", [TABLE]);
  if (tables === 0) return false;
  const { rowCount } = await client.query(`select 1 from ${TABLE} where change = $1 and work = $2 and target = $3`, [
    change,
    work,
    target,
  ]);
  return rowCount === 1;
}

async function note(client: pg.Client, { change, work, target }: Run): Promise<void> {
  await client.query("create schema if not exists runbooks");
  await client.query(
    `create table if not exists ${TABLE} (change text, work text, target text, at timestamptz not null default now(),
     primary key (change, work, target))`,
  );
  await client.query(`insert into ${TABLE} (change, work, target) values ($1, $2, $3)`, [change, work, target]);
}
