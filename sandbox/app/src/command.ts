import pg from "pg";
import { z } from "zod";
import { createLog, type Log } from "./log.ts";

const databaseUrl = z.url({ protocol: /^postgres(ql)?$/ });

/**
 * Runs a one-off command of the image on DATABASE_URL, with JSON log lines: connects, works, leaves with 0, or with 1
 * after logging what failed.
 */
export async function runCommand(
  name: string,
  work: (client: pg.Client, log: Log, args: string[]) => Promise<void>,
): Promise<void> {
  const url = process.env.DATABASE_URL ?? "";
  const log = createLog({
    level: "info",
    base: { command: name },
    secrets: secretsOf(url),
    write: (line) => process.stdout.write(line),
  });
  try {
    if (!databaseUrl.safeParse(url).success) throw new Error("DATABASE_URL is missing or malformed");
    // A change that waits for a lock makes every query behind it wait: give up soon, the job is tried again.
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000, lock_timeout: 3000 });
    client.on("error", (error) => log.error("database connection lost", { error }));
    await client.connect();
    try {
      await work(client, log, process.argv.slice(2));
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
