import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { z } from "zod";
import { badInput, EXIT } from "../../errors.ts";
import { openStore } from "../../records/open-store.ts";
import { errorOutput, output } from "../../records/redaction/captured-output.ts";
import type { RecordStore } from "../../records/store.ts";
import { recordPages, summariesOf, writeIndex, writePages } from "../../reports/pages.ts";
import { renderMarkdown } from "../../reports/render/markdown.ts";
import type { ChangeSummary } from "../../reports/render/summary.ts";
import { settingsFromListing } from "../../settings/index.ts";
import { readConfig } from "../../stack/reading.ts";
import { openInBrowser } from "../browser.ts";
import { recordsOption } from "../options.ts";
import { table } from "../table.ts";

const optionsSchema = z.object({
  records: z.string().optional(),
  stack: z.string().optional(),
  json: z.literal(true).optional(),
});
type RecordsOptions = z.infer<typeof optionsSchema>;

async function storeOf({ records, stack }: RecordsOptions): Promise<RecordStore> {
  const url = records ?? process.env.RUNBOOKS_RECORDS;
  if (url !== undefined) return openStore(url, { secrets: [] });
  if (stack === undefined) {
    throw badInput(
      "--records: where are the records? Give --records URL, set RUNBOOKS_RECORDS, or name a --stack whose setting records says it",
    );
  }
  const settings = settingsFromListing(await readConfig({ cwd: process.cwd(), name: stack }));
  return openStore(settings.records, { secrets: [] });
}

/** A command about records, with the options that say where they are. */
function recordsCommandOf(records: Command, name: string, description: string): Command {
  return records
    .command(name)
    .description(description)
    .addOption(recordsOption())
    .option("--stack <name>", "the stack whose setting records says where; of list also: only its changes")
    .option("--json", "as JSON");
}

const write = (text: string) => output.write(text);

/** The changes as a table for a terminal, each column as wide as it has to be (pure). */
function listText(changes: readonly ChangeSummary[]): string {
  const rows = changes.map(({ change, at, stack, runbook, from, to, outcome, onCall }) => [
    change,
    at,
    stack ?? "-",
    runbook ?? "-",
    outcome,
    to === null ? "" : from === null ? to : `${from} -> ${to}`,
    `on call: ${onCall ?? "-"}`,
  ]);
  // A column that is empty throughout isn't shown.
  const shown = rows.map((cells) => cells.filter((_, column) => rows.some((row) => row[column] !== "")));
  return shown.length === 0 ? "" : `${table(shown)}\n`;
}

/** @throws Refusal (exit 2) where a store's folder isn't there, as after a slip in its name */
function mustBeThere({ url }: RecordStore): void {
  if (!url.startsWith("file:") || existsSync(fileURLToPath(url))) return;
  throw badInput(
    `records: there is no folder ${fileURLToPath(url)}: no change was ever recorded there; see --records, RUNBOOKS_RECORDS or the stack's setting records`,
  );
}

async function list(options: RecordsOptions): Promise<void> {
  const store = await storeOf(options);
  const ids = options.stack === undefined ? await store.list() : await store.ofStack(options.stack);
  const changes = await summariesOf(store, ids);
  if (changes.length === 0) mustBeThere(store);
  if (options.json) write(`${JSON.stringify(changes)}\n`);
  else write(changes.length === 0 ? `no change records in ${store.url}\n` : listText(changes));
}

async function show(change: string, options: RecordsOptions): Promise<void> {
  const events = await (await storeOf(options)).read(change);
  write(options.json ? events.map((event) => `${JSON.stringify(event)}\n`).join("") : renderMarkdown(events));
}

async function verify(change: string, options: RecordsOptions): Promise<void> {
  const store = await storeOf(options);
  const findings = await store.verify(change);
  if (options.json) write(`${JSON.stringify({ change, findings })}\n`);
  else if (findings.length === 0)
    write(`${change}: the chain is intact (${(await store.read(change)).length} events)\n`);
  else for (const finding of findings) errorOutput.write(`${change}: event ${finding.seq} ${finding.problem}\n`);
  process.exitCode = findings.length === 0 ? EXIT.done : EXIT.altered;
}

/** Writes the page anew from the events, beside them or, where they are in a bucket, into a folder of this machine. */
async function open(change: string | undefined, options: RecordsOptions): Promise<void> {
  const store = await storeOf(options);
  const page = store.url.startsWith("file:")
    ? change === undefined
      ? await writeIndex(store)
      : (await writePages(store, change, await store.read(change))).page
    : await recordPages(store, change ?? null);
  const shown = await openInBrowser(page);
  if (options.json) write(`${JSON.stringify({ change: change ?? null, page, shown })}\n`);
  else write(`${page}\n`);
}

/** `runbook records`: list, show, open and verify change records. */
export function recordsCommand(): Command {
  const records = new Command("records").description("List, show, open and verify change records.");
  const command = (name: string, description: string) => recordsCommandOf(records, name, description);
  command("list", "every change: when, where, what, and its state").action((raw: unknown) =>
    list(optionsSchema.parse(raw)),
  );
  command("show <id>", "one change's record as Markdown, or its events with --json").action(
    (id: string, raw: unknown) => show(id, optionsSchema.parse(raw)),
  );
  command("open [id]", "one change's page in the browser, or that of all changes; prints its path").action(
    (id: string | undefined, raw: unknown) => open(id, optionsSchema.parse(raw)),
  );
  command("verify <id>", "check that no event of a record was changed, removed or moved; exit 1 if one was").action(
    (id: string, raw: unknown) => verify(id, optionsSchema.parse(raw)),
  );
  return records;
}
