import pg from "pg";
import { z } from "zod";
import { createLog, type Log } from "./log.ts";

const databaseUrl = z.url({ protocol: /^postgres(ql)?$/ });

/** What a command of the image works with. */
export interface CommandRun {
  client: pg.Client;
  log: Log;
  args: string[];
  /** DATABASE_URL, for a second connection */
  url: string;
}

/**
 * Runs a one-off command of the image on DATABASE_URL, with JSON log lines: connects, works, leaves with 0, or with 1
 * after logging what failed.
 */
export async function runCommand(name: string, work: (run: CommandRun) => Promise<void>): Promise<void> {
  const url = process.env.DATABASE_URL ?? "";
  const log = createLog({
    level: "info",
    base: { command: name },
    secrets: secretsOf(url),
    write: (line) => process.stdout.write(line),
  });
  try {
    if (!databaseUrl.safeParse(url).success) throw new Error("DATABASE_URL is missing or malformed");
    // How long it may wait for a lock, and make every query behind it wait, is in PGOPTIONS: the runbook's Job sets it.
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 });
    client.on("error", (error) => log.error("database connection lost", { error }));
    await client.connect();
    try {
      await work({ client, log, args: process.argv.slice(2), url });
    } finally {
      await client.end();
    }
  } catch (error) {
    log.error(`${name} failed`, { error });
    process.exitCode = 1;
  }
}

function secretsOf(url: string): string[] {
  const parsed = URL.canParse(url) ? new URL(url).password : "";
  return [url, parsed, decodeURIComponent(parsed)].filter((value) => value !== "");
}
