import type { ChangeEvent } from "../../records/events.ts";
import { titleOf, trafficSection } from "../../reports/render/html.ts";
import { gates, steps, timeline } from "../../reports/render/html-course.ts";
import { approvals, chain, diffs, told } from "../../reports/render/html-evidence.ts";
import { banner, facts } from "../../reports/render/html-top.ts";
import { type Html, html, NOTHING } from "../../reports/render/markup.ts";
import { standingOf } from "../../reports/render/standing.ts";
import { viewOf } from "../../reports/render/view.ts";
import { changeForms } from "../forms.ts";
import { type Page, type Part, partsHtml, type Snapshot } from "../frame.ts";
import { offersOf } from "../offers.ts";
import { eventsPath } from "../paths.ts";
import type { Viewer } from "../viewer.ts";

/** A change whose record was read. */
export interface ReadChange {
  stack: string;
  change: string;
  events: readonly ChangeEvent[];
  /** why the record can't be read now; null where it can */
  problem: string | null;
}

/** A change's page as it is now. */
export interface ChangeView {
  title: string;
  snapshot: Snapshot;
}

/** The words that are read out when they change: how it stands, and where the traffic is. */
function newsOf(word: string, traffic: readonly { name: string; weight: number }[]): string {
  const weights = traffic.map(({ name, weight }) => `${name} ${weight} %`).join(", ");
  return weights === "" ? word : `${word}: ${weights}`;
}

function away(problem: string | null): Html {
  return problem === null
    ? NOTHING
    : html`<p class="bad" role="alert">The record can't be read now, and what is shown is what was read last: ${problem}</p>`;
}

/**
 * Renders a change's record in parts.
 * @param traffic the plots, which take longest; null: draw them now
 */
export async function viewChange(
  read: ReadChange,
  now: number,
  traffic: Html | null,
): Promise<ChangeView & { traffic: Html }> {
  const { events, problem, stack, change } = read;
  const view = viewOf(events);
  const standing = standingOf(events, view);
  const plots = traffic ?? (await trafficSection(events, view));
  const offers = offersOf(events, now);
  const parts: Part[] = [
    { id: "away", html: away(problem) },
    { id: "banner", html: banner(view, standing) },
  ];
  const rest: Part[] = [
    { id: "traffic", html: plots },
    { id: "steps", html: steps(view) },
    { id: "gates", html: gates(view) },
    { id: "facts", html: facts(view) },
    { id: "diffs", html: diffs(events) },
    { id: "approvals", html: approvals(events) },
    { id: "told", html: told(events) },
    { id: "timeline", html: timeline(view) },
    { id: "chain", html: chain(view) },
  ];
  const shown = (viewer: Viewer) => ({
    parts: [...parts, { id: "actions", html: changeForms({ stack, change, offers }, viewer) }, ...rest],
    news: newsOf(standing.word, standing.traffic),
    ended: view.closed !== null,
  });
  return { title: titleOf(view, standing), snapshot: shown, traffic: plots };
}

/** A change's page. */
export function changePage(
  read: Pick<ReadChange, "stack" | "change">,
  { title, snapshot }: ChangeView,
  viewer: Viewer,
): Page {
  const { parts, ended } = snapshot(viewer);
  const live = ended ? null : eventsPath(read.change, read.stack);
  return { title, path: "/", live, body: html`${partsHtml(parts)}` };
}
