import pg from "pg";
import { z } from "zod";
import { halfOf, migrationText } from "./migration-file.ts";

/** The index that a statement makes: the name is the last word before `on`. */
const MAKES_INDEX =
  /\bcreate\s+(?:unique\s+)?index\s+concurrently\s+(?:if\s+not\s+exists\s+)?("(?:[^"]|"")+"|[\w.]+)\s+on\b/i;

const found = z.array(z.object({ valid: z.boolean() }));

async function isValid(client: pg.Client, index: string): Promise<boolean | null> {
  const { rows } = await client.query("select indisvalid as valid from pg_index where indexrelid = to_regclass($1)", [
    index,
  ]);
  return found.parse(rows)[0]?.valid ?? null;
}

/**
 * Runs one half of a migration that says `-- transaction: no`, and notes it in the table of the applied ones. An index that is made so must be valid
 * in the end: one that an earlier try has left invalid is dropped first, one that came out invalid is dropped again.
 * @throws Error where the statement fails or its index isn't valid
 */
export async function runOutsideTransaction(
  client: pg.Client,
  { directory, table, name, direction }: { directory: string; table: string; name: string; direction: "up" | "down" },
): Promise<void> {
  const sql = halfOf(await migrationText(directory, name), direction);
  const index = MAKES_INDEX.exec(sql)?.[1] ?? null;
  const drop = () => client.query(`drop index concurrently if exists ${index}`);
  if (index !== null && (await isValid(client, index)) === false) await drop();
  try {
    await client.query(sql);
  } catch (error) {
    if (index !== null && (await isValid(client, index)) === false) await drop();
    throw error;
  }
  if (index !== null && (await isValid(client, index)) !== true) {
    await drop();
    throw new Error(`the index ${index} was made and isn't valid: it was dropped again`);
  }
  const applied = pg.escapeIdentifier(table);
  if (direction === "up") await client.query(`insert into ${applied} (name, run_on) values ($1, now())`, [name]);
  else await client.query(`delete from ${applied} where name = $1`, [name]);
}
