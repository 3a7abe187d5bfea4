import { runner } from "node-pg-migrate";
import type pg from "pg";
import { z } from "zod";
import { runCommand } from "./command.ts";
import { withLockTries } from "./lock-wait.ts";
import type { Log } from "./log.ts";
import { migrationFiles, migrationText, runsInTransaction } from "./migration-file.ts";
import { planMigrations } from "./migration-plan.ts";
import { runOutsideTransaction } from "./outside-transaction.ts";
import { once, runOf } from "./runs.ts";

const TABLE = "pgmigrations";
const argumentsSchema = z.tuple([z.enum(["up", "down"]), z.string().min(1)], {
  error: "usage: migrate.ts up|down MIGRATION",
});

/** `migrate.ts up ID` applies what is missing up to and including ID; `migrate.ts down ID` makes ID the last one applied. */
export function migrateMain(directory: string): Promise<void> {
  return runCommand("migrate", async ({ client, log, args, url }) => {
    const parsed = argumentsSchema.safeParse(args);
    if (!parsed.success) throw new Error("usage: migrate.ts up|down MIGRATION");
    await migrate(client, log, url, { directory, direction: parsed.data[0], target: parsed.data[1] });
  });
}

export interface MigrateOptions {
  directory: string;
  direction: "up" | "down";
  target: string;
}

/** Migrations that run together: in one transaction, or one alone outside of any. */
interface Group {
  inTransaction: boolean;
  names: string[];
}

async function groupsOf(directory: string, names: readonly string[]): Promise<Group[]> {
  const groups: Group[] = [];
  for (const name of names) {
    const inTransaction = runsInTransaction(await migrationText(directory, name));
    const last = groups.at(-1);
    if (inTransaction && last?.inTransaction) last.names.push(name);
    else groups.push({ inTransaction, names: [name] });
  }
  return groups;
}

/**
 * Plans and runs, once for a change: all in one transaction, but for what says that it can't run in one. Where a later part fails, the
 * parts before it are taken back.
 * @throws Error where the plan is impossible or a statement fails; the database is then as it was.
 */
export async function migrate(client: pg.Client, log: Log, url: string, options: MigrateOptions): Promise<void> {
  const { directory, direction, target } = options;
  await once(client, log, runOf(direction, target), async (note) => {
    const applied = await appliedMigrations(client);
    const plan = planMigrations(direction, target, { files: await migrationFiles(directory), applied });
    log.info("planned", { direction, target, migrations: plan.names });
    const groups = await groupsOf(directory, plan.names);
    const last = groups.at(-1) ?? { inTransaction: true, names: [] };
    try {
      for (const group of groups.slice(0, -1)) await runGroup(client, log, url, { ...options, group, noted: noNote });
      await runGroup(client, log, url, { ...options, group: last, noted: note });
    } catch (error) {
      if (groups.length > 1) await takeBack(client, log, url, options, applied);
      throw error;
    }
    if (plan.names.length > 0) log.info("migrated", { direction, migrations: plan.names });
  });
}

const noNote = async (): Promise<void> => undefined;

interface GroupRun extends MigrateOptions {
  group: Group;
  /** called once the group's work is done, in its transaction where it has one */
  noted: () => Promise<void>;
}

async function runGroup(
  client: pg.Client,
  log: Log,
  url: string,
  { group, noted, ...options }: GroupRun,
): Promise<void> {
  const { directory, direction } = options;
  const [name = ""] = group.names;
  if (!group.inTransaction) {
    await withLockTries(client, url, log, () =>
      runOutsideTransaction(client, { directory, table: TABLE, name, direction }),
    ).catch((error: unknown) => {
      throw new Error(`${name} failed on its way ${direction}, outside of a transaction`, { cause: error });
    });
    return noted();
  }
  await withLockTries(client, url, log, async () => {
    // The library's own BEGIN then only warns, and its COMMIT or ROLLBACK ends this transaction.
    await client.query("begin");
    try {
      await noted();
      if (group.names.length > 0) await apply(client, log, { ...options, names: group.names });
      await client.query("commit");
    } catch (error) {
      await client.query("rollback");
      throw error;
    }
  });
}

/** Brings the applied ones back to what they were before this run. */
async function takeBack(
  client: pg.Client,
  log: Log,
  url: string,
  options: MigrateOptions,
  before: readonly string[],
): Promise<void> {
  const now = await appliedMigrations(client);
  const [direction, names] =
    options.direction === "up"
      ? (["down", now.filter((name) => !before.includes(name)).toReversed()] as const)
      : (["up", before.filter((name) => !now.includes(name))] as const);
  log.warn("the parts that were kept are taken back", { direction, migrations: names });
  for (const group of await groupsOf(options.directory, names)) {
    await runGroup(client, log, url, { ...options, direction, group, noted: noNote });
  }
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
