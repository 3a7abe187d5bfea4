import pg from "pg";
import { httpFailure } from "./failures.ts";
import type { Log } from "./log.ts";

export interface Database {
  /** Runs one statement. Rejects with a 503 where the database is away, with pg's own error where the statement is refused. */
  query<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<pg.QueryResult<Row>>;
  check(): Promise<void>;
  close(): Promise<void>;
}

// SQLSTATE classes that speak of the connection or the server, not of the statement.
const OUTAGES = ["08", "28", "53", "57", "58"];

/** A small pool that connects when it is asked and replaces connections that an outage broke. */
export function connectDatabase(url: string, log: Log): Database {
  const pool = new pg.Pool({
    connectionString: url,
    max: 4,
    connectionTimeoutMillis: 1000,
    statement_timeout: 2000,
    query_timeout: 2500,
    idle_in_transaction_session_timeout: 5000,
    keepAlive: true,
  });
  // Without a listener the loss of an idle connection would end the process.
  pool.on("error", (error) => log.warn("database connection lost", { error }));
  return {
    query: async (text, values) => {
      try {
        return await pool.query(text, values);
      } catch (error) {
        throw isOutage(error) ? httpFailure(503, "the database does not answer", error) : error;
      }
    },
    check: async () => {
      await pool.query("select 1");
    },
    close: () => pool.end(),
  };
}

function isOutage(error: unknown): boolean {
  if (!(error instanceof pg.DatabaseError)) return true;
  return OUTAGES.includes(error.code?.slice(0, 2) ?? "");
}

/** Whether the database refused a statement because other rows still refer to the one it would remove. */
export function isStillReferenced(error: unknown): boolean {
  return error instanceof pg.DatabaseError && ["23001", "23503"].includes(error.code ?? "");
}
