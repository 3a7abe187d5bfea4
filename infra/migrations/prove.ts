import { randomBytes } from "node:crypto";
import pg from "pg";
import { badInput } from "../errors.ts";
import type { MigrationFile } from "./files.ts";
import type { Finding } from "./finding.ts";
import { difference, dumpSchema } from "./schema-dump.ts";
import { addTrialRows, dumpRows } from "./trial-rows.ts";

/** Names the Postgres on which downs are proven, by a role that may create databases. */
export const PROVE_URL = "RUNBOOKS_PROVE_DATABASE_URL";
const CONNECT_WITHIN_MS = 10_000;
/** Lines of a difference that a finding shows. */
const SHOWN = 12;

/** What a proof came to: nothing found means that every down was proven. */
export interface Proof {
  findings: Finding[];
  /** ids of the migrations whose down brought schema and rows back */
  proven: string[];
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_WITHIN_MS });
  client.on("error", () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw badInput(`${PROVE_URL}: can't connect (${why}): name a Postgres and a role of it that may create databases`);
  }
}

/** Does some work in a database of its own, which is gone afterwards. */
async function inThrowaway<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  if (!URL.canParse(url) || !/^postgres(ql)?:$/.test(new URL(url).protocol)) {
    throw badInput(
      `${PROVE_URL}: isn't the address of a Postgres: write postgresql://ROLE:PASSWORD@HOST:PORT/DATABASE`,
    );
  }
  const server = await connect(url);
  const name = `runbooks_prove_${randomBytes(6).toString("hex")}`;
  try {
    await server.query(`create database ${name}`).catch((error: Error) => {
      throw badInput(`${PROVE_URL}: no database can be made there (${error.message}): give the role CREATEDB`);
    });
    const own = new URL(url);
    own.pathname = `/${name}`;
    try {
      const client = await connect(own.href);
      try {
        return await work(client);
      } finally {
        await client.end();
      }
    } finally {
      await server.query(`drop database ${name} with (force)`);
    }
  } finally {
    await server.end();
  }
}

function shown(lines: readonly string[]): string {
  const more = lines.length > SHOWN ? [`... and ${lines.length - SHOWN} more`] : [];
  return [...lines.slice(0, SHOWN), ...more].map((line) => `\n    ${line}`).join("");
}

/** Runs a section in a transaction of its own, or outside of any where its file says so; a failure names the line of the file. */
async function run(
  client: pg.Client,
  { file, inTransaction }: MigrationFile,
  rule: string,
  sql: string,
): Promise<Finding | null> {
  try {
    if (inTransaction) await client.query("begin");
    await client.query(sql);
    if (inTransaction) await client.query("commit");
    return null;
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error;
    if (inTransaction) await client.query("rollback");
    const at = Number(error.position ?? 1) - 1;
    const line = sql.slice(0, at).split("\n").length;
    return { file, line, rule, level: "error", message: `${error.message}.`, remedy: "Correct the statement." };
  }
}

/** Takes one migration up, down and up again. It ends up, unless something was found that keeps the next ones from being tried. */
async function tryOne(
  client: pg.Client,
  migration: MigrationFile,
  n: number,
): Promise<{ findings: Finding[]; state: "proven" | "up" | "broken" }> {
  const { file, sections } = migration;
  const { reversible } = migration.migration;
  const error = (rule: string, message: string, remedy: string): Finding => {
    // A section is blanked up to where it begins.
    const down = sections.down ?? "";
    const line = down.slice(0, Math.max(0, down.search(/\S/))).split("\n").length;
    return { file, line, rule, level: "error", message, remedy };
  };
  const broken = (finding: Finding) => ({ findings: [finding], state: "broken" as const });
  const unfit = await addTrialRows(client, n);
  const warnings = [...unfit].map(([table, why]): Finding => {
    const message = `no trial row fits ${table} (${why}), so that nothing is proven of its rows.`;
    return { file, line: 1, rule: "rows-unproven", level: "warning", message, remedy: "Look at them yourself." };
  });
  const before = { schema: await dumpSchema(client), rows: await dumpRows(client) };
  const failedUp = await run(client, migration, "up-fails", sections.up);
  if (failedUp !== null) return broken(failedUp);
  if (reversible === "no" || sections.down === null) return { findings: [], state: "up" };
  const upSchema = await dumpSchema(client);

  const failedDown = await run(client, migration, "down-fails", sections.down);
  if (failedDown !== null) return broken(failedDown);
  const schema = difference(before.schema, await dumpSchema(client));
  if (schema.length > 0) {
    const message = `the down doesn't restore the schema (- missing after it, + left by it):${shown(schema)}\n `;
    return broken(error("down-differs", message, "Undo all that the up does."));
  }
  const rows = reversible === "yes" ? difference(before.rows, await dumpRows(client)) : [];
  if (rows.length > 0) {
    const message = `it says reversible: yes, but rows from before differ after up and down:${shown(rows)}\n `;
    return broken(error("down-loses-rows", message, 'Say "-- reversible: lossy" or keep them.'));
  }

  const failedAgain = await run(client, migration, "second-up-fails", sections.up);
  if (failedAgain !== null) return broken(failedAgain);
  const again = difference(upSchema, await dumpSchema(client));
  if (again.length > 0) {
    const message = `a second up gives another schema (- of the first, + of the second):${shown(again)}\n `;
    return broken(error("second-up-differs", message, "Undo all that the up does."));
  }
  return { findings: warnings, state: "proven" };
}

/**
 * Proves that every down undoes its up: up, down and up again, one after another in a database of its own, with rows in every
 * table; schema dumps are compared, and for `reversible: yes` the rows. Those of earlier releases only go up, before the others.
 * @throws Refusal (exit 2) where the database can't be used
 */
export async function proveMigrations(
  url: string,
  earlier: readonly MigrationFile[],
  migrations: readonly MigrationFile[],
): Promise<Proof> {
  return inThrowaway(url, async (client) => {
    const proof: Proof = { findings: [], proven: [] };
    for (const migration of earlier) {
      const failed = await run(client, migration, "up-fails", migration.sections.up);
      if (failed !== null) return { findings: [failed], proven: [] };
    }
    for (const [index, migration] of migrations.entries()) {
      const { findings, state } = await tryOne(client, migration, index + 1);
      proof.findings.push(...findings);
      if (state === "proven") proof.proven.push(migration.migration.id);
      if (state === "broken") break;
    }
    return proof;
  });
}
