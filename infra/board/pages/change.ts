import { type Html, html, NOTHING } from "../../reports/render/markup.ts";
import { changeForms } from "../forms.ts";
import { type Page, partsHtml, type Snapshot } from "../frame.ts";
import { eventsPath } from "../paths.ts";
import type { ChangeView } from "../render/change-view.ts";
import type { Viewer } from "../viewer.ts";

/** A change's page as it is now. */
export interface ShownChange {
  title: string;
  snapshot: Snapshot;
}

function away(problem: string | null): Html {
  return problem === null ? NOTHING : html`<p class="bad" role="alert">${problem}</p>`;
}

/** What is shown of a change to whoever looks; `problem` says why it isn't as new as it should be. */
export function shownChange(
  { stack, change, problem }: { stack: string; change: string; problem: string | null },
  { title, top, rest, offers, news, ended }: ChangeView,
): ShownChange {
  return {
    title,
    snapshot: (viewer) => ({
      parts: [
        { id: "away", html: away(problem) },
        ...top,
        { id: "actions", html: changeForms({ stack, change, offers }, viewer) },
        ...rest,
      ],
      news,
      ended: ended && problem === null,
    }),
  };
}

/** A change's page. */
export function changePage(
  of: { stack: string; change: string },
  { title, snapshot }: ShownChange,
  viewer: Viewer,
): Page {
  const { parts, ended } = snapshot(viewer);
  const live = ended ? null : eventsPath(of.change, of.stack);
  return { title, path: "/", live, body: html`${partsHtml(parts)}` };
}
