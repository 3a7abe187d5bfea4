import pg from "pg";
import { z } from "zod";

const columnSchema = z.object({
  table: z.string(),
  column: z.string(),
  type: z.string(),
  category: z.string(),
  /** the longest text that fits, or null */
  length: z.int().nullable(),
  /** the table and column that it points at */
  target: z.tuple([z.string(), z.string()]).nullable(),
});
type Column = z.infer<typeof columnSchema>;

const COLUMNS = `
  select c.oid::regclass::text as table, a.attname as column, format_type(a.atttypid, a.atttypmod) as type,
    case when t.typname in ('json', 'jsonb', 'uuid', 'bytea') then t.typname else t.typcategory::text end as category,
    case when greatest(a.atttypmod, d.typtypmod) > 4 and t.typcategory = 'S' then greatest(a.atttypmod, d.typtypmod) - 4 end as length,
    (select json_build_array(o.confrelid::regclass::text, f.attname) from pg_constraint o
      join pg_attribute f on f.attrelid = o.confrelid and f.attnum = o.confkey[array_position(o.conkey, a.attnum)]
      where o.contype = 'f' and o.conrelid = c.oid and a.attnum = any (o.conkey) limit 1) as target
  from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
    join pg_type d on d.oid = a.atttypid join pg_type t on t.oid = case when d.typtype = 'd' then d.typbasetype else d.oid end
  where n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and c.relkind in ('r', 'p') and not c.relispartition
    and a.attnum > 0 and not a.attisdropped and a.attgenerated = '' and a.attidentity = ''
  order by c.oid, a.attnum`;

/** The n-th row's value by its type's category, as SQL; any other is a text. */
const VALUES: Readonly<Record<string, (n: number, type: string) => string>> = {
  N: (n) => `${n}`,
  B: () => "true",
  D: (n, type) => (/^time(?!stamp)/.test(type) ? `'12:00'` : `timestamp '2026-01-01' + ${n} * interval '1 hour'`),
  T: (n) => `interval '${n} hours'`,
  E: (_, type) => `(enum_range(null::${type}))[1]`,
  A: () => "'{}'",
  I: (n) => `'127.0.0.${n % 256}'`,
  R: () => "'empty'",
  uuid: (n) => `'00000000-0000-4000-8000-${String(n).padStart(12, "0")}'`,
  json: (n) => `'{"trial": ${n}}'`,
  jsonb: (n) => `'{"trial": ${n}}'`,
  bytea: (n) => `'\\x${n.toString(16).padStart(4, "0")}'`,
};

/** An SQL expression for the n-th row's value of a column (pure): something other than its default, so that a loss shows. */
function trialValue({ type, category, length, target }: Column, n: number): string {
  if (target !== null) {
    const [table, column] = target;
    return `(select ${pg.escapeIdentifier(column)} from ${table} order by ctid desc limit 1)`;
  }
  return VALUES[category]?.(n, type) ?? pg.escapeLiteral(`trial-${n}`.slice(0, length ?? undefined));
}

/** Whether an insert went in. What it points at may come later, so it is tried again. */
async function insert(client: pg.Client, table: string, columns: readonly Column[], n: number): Promise<string | null> {
  const names = columns.map(({ column }) => pg.escapeIdentifier(column)).join(", ");
  const values = columns.map((column) => trialValue(column, n)).join(", ");
  await client.query("savepoint trial");
  try {
    await client.query(`insert into ${table} (${names}) values (${values})`);
    return null;
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error;
    await client.query("rollback to savepoint trial");
    return error.message;
  }
}

/**
 * Puts one row of every column filled into every table, what it points at first.
 * @param n tells the rows of one call from those of another
 * @returns the tables that no such row fits, each with why
 */
export async function addTrialRows(client: pg.Client, n: number): Promise<Map<string, string>> {
  const columns = z.array(columnSchema).parse((await client.query(COLUMNS)).rows);
  let left = Map.groupBy(columns, ({ table }) => table);
  const why = new Map<string, string>();
  await client.query("begin");
  for (let before = -1; left.size > 0 && left.size !== before; ) {
    before = left.size;
    const again: typeof left = new Map();
    for (const [table, own] of left) {
      const problem = await insert(client, table, own, n);
      if (problem === null) why.delete(table);
      else {
        why.set(table, problem);
        again.set(table, own);
      }
    }
    left = again;
  }
  await client.query("commit");
  return why;
}

const tableSchema = z.array(z.object({ table: z.string() }));
const rowSchema = z.array(z.object({ row: z.string() }));
const TABLES = `select c.oid::regclass::text as table from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and c.relkind = 'r' order by 1`;

/** Every row of every table as text, sorted. */
export async function dumpRows(client: pg.Client): Promise<string[]> {
  const rows: string[] = [];
  for (const { table } of tableSchema.parse((await client.query(TABLES)).rows)) {
    const found = rowSchema.parse((await client.query(`select to_jsonb(t)::text as row from ${table} t`)).rows);
    rows.push(...found.map(({ row }) => `${table} ${row}`));
  }
  return rows.sort();
}
