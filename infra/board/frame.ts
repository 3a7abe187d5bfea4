import { type Html, html, NOTHING, page } from "../reports/render/markup.ts";
import { assetPath } from "./assets.ts";
import type { Viewer } from "./viewer.ts";

/** The pages of the board that its navigation names. */
const PAGES = [
  { path: "/", name: "Stacks" },
  { path: "/secrets", name: "Secrets" },
  { path: "/calendar", name: "Calendar" },
  { path: "/history", name: "History" },
] as const;

export interface Page {
  title: string;
  /** the path of the page in the navigation that this one is, or belongs to */
  path: (typeof PAGES)[number]["path"];
  /** where its live events come from; null where it doesn't change */
  live: string | null;
  body: Html;
}

/** A part of a page that is replaced as a whole when it has changed. */
export interface Part {
  /** letters, digits and dashes */
  id: string;
  html: Html;
}

/** What a page shows now. */
export interface Shown {
  parts: readonly Part[];
  /** a sentence that a screen reader reads out when it has changed */
  news: string;
  /** whether nothing will change any more */
  ended: boolean;
}

/** A live page as it is now, for whoever looks at it. */
export type Snapshot = (viewer: Viewer) => Shown;

/** The parts as they stand in the page. */
export function partsHtml(parts: readonly Part[]): Html[] {
  return parts.map(({ id, html: inside }) => html`<div data-part="${id}">${inside}</div>\n`);
}

function who(viewer: Viewer): Html {
  if (viewer.name === null) return html`<p class="viewer">Read-only: ${viewer.why}</p>`;
  return html`<p class="viewer">Signed in as <strong>${viewer.name}</strong></p>`;
}

function live(events: string | null): Html {
  if (events === null) return NOTHING;
  // Read out as it changes, and never more than a sentence of it.
  return html`<p class="live" id="live" data-events="${events}">Not live: reload the page to see what is new.</p>
<p class="unseen" id="news" role="status"></p>`;
}

/** The whole document. Style and script are the board's own files, so that its content security policy allows nothing else. */
export function documentOf({ title, path, live: events, body }: Page, viewer: Viewer): string {
  const links = PAGES.map((one) => {
    const here = one.path === path ? html` aria-current="page"` : NOTHING;
    return html`<li><a href="${one.path}"${here}>${one.name}</a></li>`;
  });
  const head = html`<link rel="icon" href="${assetPath("icon.svg")}" type="image/svg+xml">
<link rel="stylesheet" href="${assetPath("board.css")}">
<script type="module" src="${assetPath("live.js")}"></script>`;
  return page(
    title,
    head,
    html`<nav aria-label="Pages"><ul>${links}</ul>${who(viewer)}</nav>
<main id="main" tabindex="-1">
${live(events)}
${body}
</main>
<footer><p>All times are UTC.</p></footer>`,
  );
}
