import { Command } from "commander";
import { z } from "zod";
import { openStore, type RecordStore } from "../../changes/record/store.ts";
import { badInput, EXIT } from "../../changes/refusal.ts";
import { renderMarkdown } from "../../changes/render/markdown.ts";
import { openStack } from "../../changes/stack/stack.ts";
import { settingsFromListing } from "../../settings.ts";

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
  const settings = settingsFromListing(await openStack({ cwd: process.cwd(), name: stack }).config());
  return openStore(settings.records, { secrets: [] });
}

function withStore(command: Command): Command {
  return command
    .option(
      "--records <url>",
      "where change records are kept (else RUNBOOKS_RECORDS, else the stack's setting records)",
    )
    .option("--stack <name>", "the stack whose setting records says where")
    .option("--json", "as JSON");
}

async function list(options: RecordsOptions): Promise<void> {
  const store = await storeOf(options);
  const rows = [];
  for (const change of await store.list()) {
    const events = await store.read(change);
    const opened = events[0];
    const closed = events.find(({ type }) => type === "closed");
    rows.push({
      change,
      at: opened?.at ?? "",
      stack: opened?.data.stack ?? null,
      runbook: opened?.data.runbook ?? null,
      onCall: opened?.data.onCall ?? null,
      outcome: closed?.data.outcome ?? "open",
    });
  }
  if (options.json) process.stdout.write(`${JSON.stringify(rows)}\n`);
  else if (rows.length === 0) process.stdout.write(`no change records in ${store.url}\n`);
  for (const { change, at, stack, runbook, onCall, outcome } of options.json ? [] : rows) {
    process.stdout.write(`${change}  ${at}  ${stack}  ${runbook}  ${outcome}  on call: ${onCall}\n`);
  }
}

async function show(change: string, options: RecordsOptions): Promise<void> {
  const events = await (await storeOf(options)).read(change);
  process.stdout.write(
    options.json ? events.map((event) => `${JSON.stringify(event)}\n`).join("") : renderMarkdown(events),
  );
}

async function verify(change: string, options: RecordsOptions): Promise<void> {
  const store = await storeOf(options);
  const findings = await store.verify(change);
  if (options.json) process.stdout.write(`${JSON.stringify({ change, findings })}\n`);
  else if (findings.length === 0)
    process.stdout.write(`${change}: the chain is whole (${(await store.read(change)).length} events)\n`);
  else for (const finding of findings) process.stderr.write(`${change}: event ${finding.seq} ${finding.problem}\n`);
  process.exitCode = findings.length === 0 ? EXIT.done : EXIT.restored;
}

/** `runbook records`: list, show and verify change records. */
export function recordsCommand(): Command {
  const records = new Command("records").description("List, show and verify change records.");
  withStore(records.command("list").description("every change: when, where, what, how it ended")).action(
    (raw: unknown) => list(optionsSchema.parse(raw)),
  );
  withStore(
    records.command("show <id>").description("one change's record as Markdown, or its events with --json"),
  ).action((id: string, raw: unknown) => show(id, optionsSchema.parse(raw)));
  withStore(
    records
      .command("verify <id>")
      .description("check that no event of a record was changed, cut or moved; exit 1 where one was"),
  ).action((id: string, raw: unknown) => verify(id, optionsSchema.parse(raw)));
  return records;
}
