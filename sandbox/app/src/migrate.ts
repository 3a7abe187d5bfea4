import { readdir } from "node:fs/promises";
import { runner } from "node-pg-migrate";
import type pg from "pg";
import { z } from "zod";
import { runCommand } from "./command.ts";
import type { Log } from "./log.ts";
import { planMigrations } from "./migration-plan.ts";
import { once, runOf } from "./runs.ts";

const TABLE = "pgmigrations";
const argumentsSchema = z.tuple([z.enum(["up", "down"]), z.string().min(1)], {
  error: "usage: migrate.ts up|down MIGRATION",
});

/** `migrate.ts up ID` applies what is missing up to and including ID; `migrate.ts down ID` makes ID the last one applied. */
export function migrateMain(directory: string): Promise<void> {
  return runCommand("migrate", async (client, log, args) => {
    const parsed = argumentsSchema.safeParse(args);
    if (!parsed.success) throw new Error("usage: migrate.ts up|down MIGRATION");
    await migrate(client, log, { directory, direction: parsed.data[0], target: parsed.data[1] });
  });
}

export interface MigrateOptions {
  directory: string;
  direction: "up" | "down";
  target: string;
}

/**
 * Plans and runs, once for a change, all in one transaction.
 * @throws Error where the plan is impossible or a statement fails; the database is then as it was.
 */
export async function migrate(client: pg.Client, log: Log, options: MigrateOptions): Promise<void> {
  const { directory, direction, target } = options;
  await once(client, log, runOf(direction, target), async (note) => {
    const state = { files: await migrationFiles(directory), applied: await appliedMigrations(client) };
    const plan = planMigrations(direction, target, state);
    log.info("planned", { direction, target, migrations: plan.names });
    // The library's own BEGIN then only warns, and its COMMIT or ROLLBACK ends this transaction.
    await client.query("begin");
    try {
      await note();
      if (plan.names.length > 0) await apply(client, log, { ...options, names: plan.names });
      await client.query("commit");
    } catch (error) {
      await client.query("rollback");
      throw error;
    }
    if (plan.names.length > 0) log.info("migrated", { direction, migrations: plan.names });
  });
}

async function apply(
  client: pg.Client,
  log: Log,
  { directory, direction, names }: MigrateOptions & { names: readonly string[] },
): Promise<void> {
  const begun: string[] = [];
  try {
    await runner({
      dbClient: client,
      dir: directory,
      migrationsTable: TABLE,
      direction,
      count: names.length,
      singleTransaction: true,
      logger: quiet(log, (name) => begun.push(name)),
    });
  } catch (error) {
    const name = begun.at(-1) ?? "none of the migrations";
    throw new Error(`${name} failed on its way ${direction}: none of ${names.join(", ")} was kept`, { cause: error });
  }
}

/** The names of an image's migrations, in order. */
export async function migrationFiles(directory: string): Promise<string[]> {
  const files = await readdir(directory);
  return files
    .filter((file) => file.endsWith(".sql"))
    .map((file) => file.slice(0, -".sql".length))
    .sort();
}

/** The names of the applied migrations, in the order in which they were. */
export async function appliedMigrations(client: pg.Client): Promise<string[]> {
  const { rows: tables } = await client.query("select to_regclass($1) as found", [TABLE]);
  if (
    z
      .array(z.object({ found: z.null() }))
      .nonempty()
      .safeParse(tables).success
  )
    return [];
  const { rows } = await client.query(`select name from ${TABLE} order by run_on, id`);
  return z
    .array(z.object({ name: z.string() }))
    .parse(rows)
    .map(({ name }) => name);
}

/** How the library says which migration it begins. */
const BEGINS = /^### MIGRATION (\S+) /;

/** The library's own progress is said by `planned` and `migrated` already; what it begins and what goes wrong is kept. */
function quiet(log: Log, begins: (name: string) => void) {
  const relay = (message: unknown) => log.warn("node-pg-migrate", { detail: String(message).slice(0, 500) });
  const info = (message: unknown) => {
    const name = BEGINS.exec(String(message))?.[1];
    if (name !== undefined) begins(name);
  };
  return { debug: () => undefined, info, warn: relay, error: relay };
}
