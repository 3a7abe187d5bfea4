import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryFolder } from "../clients/temporary-folder.ts";
import { inBatches } from "../domain/batches.ts";
import type { ChangeEvent } from "../records/events.ts";
import type { RecordStore } from "../records/store.ts";
import { type ChangeSummary, summaryOf } from "./render/summary.ts";

/** Changes that the page of all changes lists at most, and of how many the ends are read at once. */
const MOST_LISTED = 300;
const AT_ONCE = 16;

/** Changes in a line each, by their records' ends. */
export function summariesOf(store: RecordStore, ids: readonly string[]): Promise<ChangeSummary[]> {
  return inBatches(ids, AT_ONCE, async (change) => {
    const { first, last } = await store.ends(change);
    return summaryOf(first, last);
  });
}

async function indexOf(store: RecordStore, href: (change: string) => string | null): Promise<string> {
  const { renderIndex } = await import("./render/index-page.ts");
  const ids = await store.list();
  const listed = ids.slice(-MOST_LISTED);
  return renderIndex(await summariesOf(store, listed), ids.length - listed.length, href);
}

/** Writes the page of all changes beside their records, and says where it lies. */
export async function writeIndex(store: RecordStore): Promise<string> {
  return store.putIndex(await indexOf(store, (change) => `${change}/record.html`));
}

/** Renders a record as Markdown and as one HTML page, puts both beside its events, and lists it among all changes. */
export async function writePages(
  store: RecordStore,
  change: string,
  events: readonly ChangeEvent[],
): Promise<{ page: string }> {
  const { renderHtml } = await import("./render/html.ts"); // plotting is slow to load, and needed only here
  const { renderMarkdown } = await import("./render/markdown.ts");
  await store.putPage(change, "record.md", renderMarkdown(events));
  const page = await store.putPage(change, "record.html", await renderHtml(events));
  await writeIndex(store);
  return { page };
}

/** Renders a page into a folder of this machine, for a store that no browser can look into; null is all changes. */
export async function recordPages(store: RecordStore, change: string | null): Promise<string> {
  const folder = await temporaryFolder("runbook-records-");
  const file = join(folder, change === null ? "index.html" : `${change}.html`);
  if (change === null) {
    await writeFile(file, await indexOf(store, () => null));
    return file;
  }
  const { renderHtml } = await import("./render/html.ts");
  await writeFile(file, await renderHtml(await store.read(change)));
  return file;
}
