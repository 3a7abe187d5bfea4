import type { ChangeEvent } from "./record/events.ts";
import type { RecordStore } from "./record/store.ts";

/** Renders a record as Markdown and as one HTML page, and puts both beside its events. */
export async function writePages(store: RecordStore, change: string, events: readonly ChangeEvent[]): Promise<void> {
  const { renderHtml } = await import("./render/html.ts"); // plotting is slow to load, and needed only here
  const { renderMarkdown } = await import("./render/markdown.ts");
  await store.putPage(change, "record.md", renderMarkdown(events));
  await store.putPage(change, "record.html", await renderHtml(events));
}
