import type { ChangeEvent } from "../../records/events.ts";
import { titleOf, trafficSection } from "../../reports/render/html.ts";
import { gates, steps, timeline } from "../../reports/render/html-course.ts";
import { approvals, chain, diffs, told } from "../../reports/render/html-evidence.ts";
import { banner, facts } from "../../reports/render/html-top.ts";
import type { Html } from "../../reports/render/markup.ts";
import { verdictOf } from "../../reports/render/verdict.ts";
import { viewOf } from "../../reports/render/view.ts";
import type { Part } from "../frame.ts";
import { type ChangeAction, offersOf } from "../offers.ts";

/** A change's record as the board shows it, but for who looks at it. */
export interface ChangeView {
  title: string;
  /** what stands above what can be done with it, and what below */
  top: Part[];
  rest: Part[];
  offers: ChangeAction[];
  /** read out when it changes: how it stands, and where the traffic is */
  news: string;
  ended: boolean;
}

/** The plots of a record, as they were drawn for its first events. */
export interface DrawnTraffic {
  html: Html;
  events: number;
  /** milliseconds since the epoch */
  at: number;
}

/** How often plots are drawn anew at most, in milliseconds: they take the most time of all. */
const PLOTS_EVERY = 5_000;

function newsOf(word: string, traffic: readonly { name: string; weight: number }[]): string {
  const weights = traffic.map(({ name, weight }) => `${name} ${weight} %`).join(", ");
  return weights === "" ? word : `${word}: ${weights}`;
}

/**
 * Renders a change's record in parts.
 * @param drawn the plots that are there already; null where none are
 */
export async function viewChange(
  events: readonly ChangeEvent[],
  now: number,
  drawn: DrawnTraffic | null,
): Promise<{ view: ChangeView; drawn: DrawnTraffic }> {
  const view = viewOf(events);
  const verdict = verdictOf(events, view);
  const isKept = drawn !== null && (drawn.events === events.length || now - drawn.at < PLOTS_EVERY);
  // A page that has ended isn't rendered again: its plots are those of its end.
  const traffic =
    isKept && view.closed === null
      ? drawn
      : { html: await trafficSection(events, view), events: events.length, at: now };
  return {
    drawn: traffic,
    view: {
      title: titleOf(view, verdict),
      top: [{ id: "banner", html: banner(view, verdict) }],
      rest: [
        { id: "traffic", html: traffic.html },
        { id: "steps", html: steps(view) },
        { id: "gates", html: gates(view) },
        { id: "facts", html: facts(view) },
        { id: "diffs", html: diffs(events) },
        { id: "approvals", html: approvals(events) },
        { id: "told", html: told(events) },
        { id: "timeline", html: timeline(view) },
        { id: "chain", html: chain(view) },
      ],
      offers: offersOf(events, now),
      news: newsOf(verdict.word, verdict.traffic),
      ended: view.closed !== null,
    },
  };
}
