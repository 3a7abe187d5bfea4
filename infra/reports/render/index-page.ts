import { formatDuration } from "../../domain/durations.ts";
import { type Html, html, type Inserted, moment, NOTHING, page, table } from "./markup.ts";
import { STYLE } from "./style.ts";
import type { ChangeSummary } from "./summary.ts";

/** Where a change's page is from the index; null where there is no such page beside it. */
export type Href = (change: string) => string | null;

function row(
  { change, at, lastAt, stack, runbook, from, to, onCall, outcome, tone, exit }: ChangeSummary,
  href: Href,
): Inserted[] {
  const address = href(change);
  const took = exit === null ? "" : formatDuration(Date.parse(lastAt) - Date.parse(at));
  return [
    address === null ? html`<strong>${change}</strong>` : html`<a href="${address}"><strong>${change}</strong></a>`,
    html`<span class="${tone} state">${outcome}</span>`,
    stack ?? "",
    runbook ?? "",
    from === null || to === null ? (to ?? "") : `${from} → ${to}`,
    onCall ?? "",
    moment(at),
    took,
  ];
}

function section(title: string, id: string, caption: string, rows: Inserted[][]): Html {
  if (rows.length === 0) return NOTHING;
  const columns = [
    "Change",
    "State",
    "Stack",
    "Runbook",
    "From → to",
    "On call",
    "Opened",
    { heading: "Took", holds: "numbers" } as const,
  ];
  return html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>${table({ caption, columns, rows })}</section>`;
}

/** The page of all changes, the open ones first, then the newest (pure). `more` are older ones that it leaves out. */
export function renderIndex(changes: readonly ChangeSummary[], more: number, href: Href): string {
  const newest = [...changes].reverse();
  const open = newest.filter(({ exit }) => exit === null);
  const closed = newest.filter(({ exit }) => exit !== null);
  const count = (tone: ChangeSummary["tone"]) => closed.filter((change) => change.tone === tone).length;
  const tone = open.some((change) => change.tone === "bad") ? "bad" : open.length > 0 ? "hold" : "good";
  const headline =
    open.length === 0 ? "No change is under way." : `Under way: ${open.map(({ change }) => change).join(", ")}.`;
  const rows = (list: readonly ChangeSummary[]) => list.map((change) => row(change, href));
  return page(
    "Change records",
    html`<style>${{ html: STYLE }}</style>`,
    html`<header class="banner ${tone}"><p class="eyebrow">Change records</p><h1>${headline}</h1>
<p>Closed: ${count("good")} done, ${count("bad")} taken back or refused.</p></header>
<main id="main" tabindex="-1">
${changes.length === 0 ? html`<p>There is no change record yet.</p>` : NOTHING}
${section("Open", "open", "Changes that have not ended", rows(open))}
${section("Closed", "closed", "Changes that have ended, the newest first", rows(closed))}
${more === 0 ? NOTHING : html`<p>${more} older changes are not listed here: <code>runbook records list</code> shows all.</p>`}
</main>
<footer><p>Written when a change ends or waits. <code>runbook records open</code> writes it again.</p></footer>`,
  );
}
