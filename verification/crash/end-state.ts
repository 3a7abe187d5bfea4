import pg from "pg";
import { z } from "zod";
import type { OwnedObject } from "../../infra/clients/owned-objects.ts";
import type { ChangeEvent } from "../../infra/records/events.ts";
import { resourcesIn } from "../../infra/stack/pending.ts";

/** What differs from run to run and says nothing about the end: ids of changes, times, and what is drawn at random. */
const VARIES: readonly [RegExp, string][] = [
  [/CHG-\d{4}-\d{2}-\d{2}-\d{3,}/g, "CHG"],
  [/\d{4}-\d{2}-\d{2}T[\d:.]+(Z|\+00:00)?/g, "TIME"],
  [/(:secret:[^-|"]+)-[A-Za-z0-9]{6}/g, "$1-SUFFIX"],
  [/\|[0-9a-f]{32}/g, "|VERSION"],
  [/\bsg-[0-9a-f]{17}\b/g, "GROUP"],
  [/127\.0\.0\.1:\d+/g, "LOOPBACK"],
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "UUID"],
];
/** What is given out anew for every object, or salted. */
const GIVEN = new Set([
  "resourceVersion",
  "uid",
  "generation",
  "observedGeneration",
  "versionId",
  "port",
  "hex",
  "keyId",
  "password_hash",
]);
const SECRET = "4dabf18193072939515e22adb298388d";

/** A version's labels. AWSPREVIOUS is moved by Secrets Manager itself, and stands in the state where a version happened to be read. */
const LABELS = "versionStages";

function ownLabels(labels: unknown): unknown {
  return Array.isArray(labels) ? labels.filter((label) => label !== "AWSPREVIOUS").sort() : labels;
}

function settled(value: unknown): unknown {
  if (typeof value === "string") return VARIES.reduce((text, [from, to]) => text.replace(from, to), value);
  if (Array.isArray(value)) return value.map(settled);
  if (typeof value !== "object" || value === null) return value;
  if (SECRET in value) return "SECRET";
  const entries = Object.entries(value).filter(([name]) => !GIVEN.has(name));
  return Object.fromEntries(
    entries
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, held]) => [name, name === LABELS ? ownLabels(held) : settled(held)]),
  );
}

const deploymentSchema = z.object({
  deployment: z.object({
    resources: z.array(z.looseObject({ urn: z.string(), type: z.string() })),
    pending_operations: z.array(z.unknown()).nullish(),
  }),
});

/** A stack's export as text, by resource, without what differs from run to run. */
export function stackText(exported: string): string[] {
  const { resources, pending_operations: pending } = deploymentSchema.parse(JSON.parse(exported)).deployment;
  // What a stack reads of itself is what it was before its last update: after a kill, the try before the last.
  const made = resources.filter(({ type }) => type !== "pulumi:pulumi:StackReference");
  const lines = made.map(({ urn, type, id, inputs, outputs, delete: leaving }) =>
    JSON.stringify(settled({ urn, type, id, inputs, outputs, leaving })),
  );
  return [...lines.sort(), `pending operations: ${pending?.length ?? 0}`];
}

const resourcesSchema = z.object({
  deployment: z.object({
    resources: z.array(z.object({ urn: z.string(), type: z.string(), id: z.string().optional() })),
  }),
});

/** The namespace that a stack's export has. */
export function namespaceIn(exported: string): string {
  const { resources } = resourcesSchema.parse(JSON.parse(exported)).deployment;
  return resources.find(({ type }) => type === "kubernetes:core/v1:Namespace")?.id ?? "";
}

/** The objects of changes that stand in the cluster and in no stack's state: an update that was killed has left them. */
export function orphansText(exported: string, found: readonly OwnedObject[]): string[] {
  const standing = new Set(resourcesIn(JSON.parse(exported)).map(({ type, name }) => `${type} ${name}`));
  return found
    .filter(({ type, name }) => !standing.has(`${type} ${name}`))
    .map(({ resource, name }) => `${resource}/${name}`)
    .sort();
}

const COLUMNS = `select table_name, column_name, data_type, is_nullable, column_default from information_schema.columns
  where table_schema = 'public' order by 1, 2`;
const INDEXES = "select indexdef from pg_indexes where schemaname = 'public' order by 1";
const TABLES = "select table_name from information_schema.tables where table_schema = 'public' order by 1";

/** A database's schema and rows as text, times aside. */
export async function databaseText(connectionString: string): Promise<string[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    const lines: string[] = [];
    for (const query of [COLUMNS, INDEXES]) {
      lines.push(...(await client.query(query)).rows.map((row) => JSON.stringify(row)));
    }
    for (const { table_name: table } of z
      .array(z.object({ table_name: z.string() }))
      .parse((await client.query(TABLES)).rows)) {
      const { rows } = await client.query(`select to_jsonb(t) as row from "${table}" t`);
      lines.push(...rows.map((row) => `${table} ${JSON.stringify(settled(row))}`).sort());
    }
    return lines;
  } finally {
    await client.end();
  }
}

/** How often each corrective-action ticket was opened: a second one for the same change would be one too many. */
export function ticketsText(messages: readonly { channel: string; headline: string }[]): string[] {
  const opened = messages
    .filter(({ channel }) => channel === "github")
    .map(({ headline }) => String(settled(headline)));
  return [...new Set(opened)].map((title) => `${opened.filter((one) => one === title).length} x ${title}`).sort();
}

const TOLD = new Set([
  "step-started",
  "updated",
  "task-done",
  "settled",
  "step-finished",
  "restored",
  "cleaned",
  "closed",
  "failed",
]);

/** What a record tells: the steps and their ends, without the tries that it took. */
export function story(events: readonly ChangeEvent[]): string[] {
  return events
    .filter(({ type }) => TOLD.has(type))
    .map(({ step, type, data }) => `${step} ${type} ${type === "closed" ? JSON.stringify(data.outcome) : ""}`.trim())
    .filter((line, index, lines) => line !== lines[index - 1]);
}
