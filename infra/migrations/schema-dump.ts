import type pg from "pg";
import { z } from "zod";

/** Schemas that are the server's own. */
const OURS = "n.nspname !~ '^pg_' and n.nspname <> 'information_schema'";

/** One query a kind of object: each row one line, which says all that a migration can change of it. */
const QUERIES = [
  `select format('schema %I', n.nspname) from pg_namespace n where ${OURS}`,
  "select format('extension %I %s', extname, extversion) from pg_extension",
  `select format('%s %I.%I rls=%s forced=%s options=%s grants=%s', case c.relkind when 'r' then 'table' when 'p' then 'partitioned table'
     when 'v' then 'view' when 'm' then 'materialized view' when 'S' then 'sequence' when 'f' then 'foreign table' else c.relkind::text end,
     n.nspname, c.relname, c.relrowsecurity, c.relforcerowsecurity, c.reloptions, c.relacl)
     || case when c.relkind in ('v', 'm') then ' as ' || pg_get_viewdef(c.oid) else '' end
     from pg_class c join pg_namespace n on n.oid = c.relnamespace where ${OURS} and c.relkind in ('r', 'p', 'v', 'm', 'S', 'f')`,
  `select format('column %I.%I.%I %s%s%s%s%s', n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
     case when a.attnotnull then ' not null' else '' end, ' default ' || pg_get_expr(d.adbin, d.adrelid),
     case a.attidentity when '' then '' else ' identity ' || a.attidentity::text end,
     case a.attgenerated when '' then '' else ' generated ' || a.attgenerated::text end)
     from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
     left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
     where ${OURS} and a.attnum > 0 and not a.attisdropped and c.relkind in ('r', 'p', 'v', 'm', 'f')`,
  `select format('constraint %I on %s: %s', o.conname, coalesce(nullif(o.conrelid, 0)::regclass::text, o.contypid::regtype::text),
     pg_get_constraintdef(o.oid)) from pg_constraint o join pg_namespace n on n.oid = o.connamespace where ${OURS} and o.contype <> 'n'`,
  `select format('%s valid=%s', pg_get_indexdef(i.indexrelid), i.indisvalid) from pg_index i
     join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace where ${OURS}`,
  `select format('%s enabled=%s', pg_get_triggerdef(t.oid), t.tgenabled) from pg_trigger t
     join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace where ${OURS} and not t.tgisinternal`,
  `select format('policy %I on %I.%I %s %s to %s using (%s) check (%s)', policyname, schemaname, tablename, permissive, cmd, roles, qual, with_check)
     from pg_policies`,
  `select format('%s grants=%s', pg_get_functiondef(p.oid), p.proacl) from pg_proc p join pg_namespace n on n.oid = p.pronamespace
     where ${OURS} and p.prokind in ('f', 'p')`,
  `select format('enum %I.%I %s', n.nspname, t.typname, (select string_agg(quote_literal(e.enumlabel), ', ' order by e.enumsortorder)
     from pg_enum e where e.enumtypid = t.oid)) from pg_type t join pg_namespace n on n.oid = t.typnamespace where ${OURS} and t.typtype = 'e'`,
  `select format('domain %I.%I %s%s default %s', n.nspname, t.typname, format_type(t.typbasetype, t.typtypmod),
     case when t.typnotnull then ' not null' else '' end, t.typdefault)
     from pg_type t join pg_namespace n on n.oid = t.typnamespace where ${OURS} and t.typtype = 'd'`,
  `select format('comment on %s %s: %s', i.type, i.identity, d.description) from pg_description d,
     lateral pg_identify_object(d.classoid, d.objoid, d.objsubid) i where coalesce(i.schema, '') !~ '^pg_'
     and coalesce(i.schema, '') <> 'information_schema' and d.objoid >= 16384`,
];

const linesSchema = z.array(z.tuple([z.string()]));

/** Everything that a migration can change of a database's schema, one line an object, sorted. The order of a table's columns isn't among it. */
export async function dumpSchema(client: pg.Client): Promise<string[]> {
  const lines: string[] = [];
  for (const text of QUERIES) {
    const { rows } = await client.query({ text, rowMode: "array" });
    lines.push(...linesSchema.parse(rows).map(([line]) => line));
  }
  return lines.sort();
}

/** What only one of two sorted dumps has: `- ` of the first, `+ ` of the second (pure). */
export function difference(first: readonly string[], second: readonly string[]): string[] {
  const [one, other] = [new Set(first), new Set(second)];
  return [
    ...first.filter((line) => !other.has(line)).map((line) => `- ${line}`),
    ...second.filter((line) => !one.has(line)).map((line) => `+ ${line}`),
  ];
}
