import { readFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { z } from "zod";
import { runCommand } from "./command.ts";
import type { Log } from "./log.ts";
import { once, runOf } from "./runs.ts";

const argumentsSchema = z.tuple([z.enum(["create", "restore"]), z.string().regex(/^[A-Za-z0-9_-]{1,48}$/)]);
const tableRows = z.array(z.object({ name: z.string() }));
const MIGRATIONS = "pgmigrations";

/** `backup.ts create ID` copies the application's tables into schema `backup_ID`; `backup.ts restore ID` brings them back. */
export function backupMain(directory: string): Promise<void> {
  return runCommand("backup", async ({ client, log, args }) => {
    const parsed = argumentsSchema.safeParse(args);
    if (!parsed.success) throw new Error("usage: backup.ts create|restore ID (letters, digits, _ and -)");
    const [action, id] = parsed.data;
    const run = runOf(action === "create" ? "backup" : "restore", id);
    await once(client, log, run, (note) =>
      inTransaction(client, async () => {
        await note();
        if (action === "create") await createBackup(client, log, id);
        else await restoreBackup(client, log, { id, directory });
      }),
    );
  });
}

async function inTransaction(client: pg.Client, work: () => Promise<void>): Promise<void> {
  await client.query("begin isolation level repeatable read");
  try {
    await work();
    await client.query("commit");
  } catch (error) {
    await client.query("rollback");
    throw error;
  }
}

/** Copies every table as it is at one moment. A backup that exists already is kept: the command may be run again. */
async function createBackup(client: pg.Client, log: Log, id: string): Promise<void> {
  const schema = schemaOf(id);
  const { rowCount } = await client.query("select 1 from pg_namespace where nspname = $1", [schema]);
  if (rowCount === 1) return log.info("the backup exists already", { id });
  await client.query(`create schema ${quoted(schema)}`);
  const tables = await tablesOf(client, "public");
  for (const table of tables) {
    await client.query(`create table ${quoted(schema)}.${quoted(table)} as table public.${quoted(table)}`);
  }
  log.info("backed up", { id, tables });
}

/**
 * Drops the application's tables, runs the migrations that were applied when the backup was made, and copies the rows
 * back: so the schema is the backup's too, whatever a migration without a way back has done since.
 */
async function restoreBackup(
  client: pg.Client,
  log: Log,
  { id, directory }: { id: string; directory: string },
): Promise<void> {
  const schema = schemaOf(id);
  const tables = await tablesOf(client, schema);
  if (tables.length === 0) throw new Error(`there is no backup ${id}`);
  for (const table of await tablesOf(client, "public")) {
    if (table !== MIGRATIONS) await client.query(`drop table public.${quoted(table)} cascade`);
  }
  const applied = await client.query(`select name from ${quoted(schema)}.${MIGRATIONS} order by run_on, id`);
  for (const { name } of tableRows.parse(applied.rows)) await client.query(await upSection(directory, name));
  await client.query(`truncate public.${MIGRATIONS}`);
  for (const table of tables) {
    const columns = (await columnsOf(client, schema, table)).map(quoted).join(", ");
    await client.query(
      `insert into public.${quoted(table)} (${columns}) select ${columns} from ${quoted(schema)}.${quoted(table)}`,
    );
  }
  log.info("restored", { id, tables });
}

async function upSection(directory: string, name: string): Promise<string> {
  const text = await readFile(join(directory, `${name}.sql`), "utf8");
  const [, up = ""] = /^-- Up Migration$([\s\S]*?)(?=^-- Down Migration$|$(?![\s\S]))/m.exec(text) ?? [];
  return up;
}

/** A schema's tables in the order in which they were made: a table that refers to another comes after it. */
async function tablesOf(client: pg.Client, schema: string): Promise<string[]> {
  const { rows } = await client.query(
    `select relname as name from pg_class join pg_namespace on pg_namespace.oid = relnamespace
     where nspname = $1 and relkind = 'r' order by pg_class.oid`,
    [schema],
  );
  return tableRows.parse(rows).map(({ name }) => name);
}

async function columnsOf(client: pg.Client, schema: string, table: string): Promise<string[]> {
  const { rows } = await client.query(
    "select column_name as name from information_schema.columns where table_schema = $1 and table_name = $2",
    [schema, table],
  );
  return tableRows.parse(rows).map(({ name }) => name);
}

function schemaOf(id: string): string {
  return `backup_${id}`;
}

function quoted(identifier: string): string {
  return pg.escapeIdentifier(identifier);
}
