import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryFolder } from "../clients/temporary-folder.ts";
import type { ChangeEvent } from "../records/events.ts";
import type { RecordStore } from "../records/store.ts";
import { type ChangeSummary, summaryOf } from "./render/summary.ts";

/** Changes that the page of all changes lists at most, and of how many the ends are read at once. */
const MOST_LISTED = 300;
const AT_ONCE = 16;

async function summaries(store: RecordStore): Promise<{ changes: ChangeSummary[]; more: number }> {
  const ids = await store.list();
  const listed = ids.slice(-MOST_LISTED);
  const changes: ChangeSummary[] = [];
  for (let from = 0; from < listed.length; from += AT_ONCE) {
    const ends = await Promise.all(listed.slice(from, from + AT_ONCE).map((change) => store.ends(change)));
    changes.push(...ends.map(({ first, last }) => summaryOf(first, last)));
  }
  return { changes, more: ids.length - listed.length };
}

/** Writes the page of all changes beside their records, and says where it lies. */
export async function writeIndex(store: RecordStore): Promise<string> {
  const { besideIndex, renderIndex } = await import("./render/index-page.ts");
  const { changes, more } = await summaries(store);
  return store.putIndex(renderIndex(changes, more, besideIndex));
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
    const { renderIndex } = await import("./render/index-page.ts");
    const { changes, more } = await summaries(store);
    await writeFile(
      file,
      renderIndex(changes, more, () => null),
    );
    return file;
  }
  const { renderHtml } = await import("./render/html.ts");
  await writeFile(file, await renderHtml(await store.read(change)));
  return file;
}
