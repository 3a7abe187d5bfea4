import type { ChangeEvent } from "../../records/events.ts";
import { gates, steps, timeline } from "./html-course.ts";
import { approvals, chain, diffs, told } from "./html-evidence.ts";
import { banner, facts } from "./html-top.ts";
import { type Html, html, NOTHING, page } from "./markup.ts";
import { plotTable } from "./plot-tables.ts";
import { drawPlots } from "./plots.ts";
import { seriesOf } from "./series.ts";
import { STYLE } from "./style.ts";
import type { Plot } from "./svg.ts";
import { type ChangeVerdict, verdictOf } from "./verdict.ts";
import { type RecordView, viewOf } from "./view.ts";

/** A plot with the numbers behind it. */
export function figure({ kind, title, svg, narrow }: Plot, numbers: Html): Html {
  return html`<figure><figcaption>${title}</figcaption>
<div class="wide">${{ html: svg }}</div><div class="narrow">${{ html: narrow }}</div>
<details class="numbers" data-key="${kind}"><summary>The numbers of “${title}”</summary>${numbers}</details></figure>`;
}

/** Traffic over time, as plots with their numbers. */
export async function trafficSection(events: readonly ChangeEvent[], { names }: RecordView): Promise<Html> {
  const plots = await drawPlots(seriesOf(events, names));
  const figures = plots.map((plot) => figure(plot, plotTable(plot.kind, events, names)));
  if (plots.length === 0) return NOTHING;
  return html`<section aria-labelledby="traffic"><h2 id="traffic">Traffic over time</h2>${figures}</section>`;
}

/** A change's page in a title bar's words. */
export function titleOf({ change, opened }: RecordView, { word }: ChangeVerdict): string {
  return `${word}: ${change} ${opened?.runbook ?? ""} ${opened?.stack ?? ""}`.trim();
}

/** A change's record as one HTML page that needs nothing else: style and plots stand in it. */
export async function renderHtml(events: readonly ChangeEvent[]): Promise<string> {
  const view = viewOf(events);
  const verdict = verdictOf(events, view);
  return page(
    titleOf(view, verdict),
    html`<style>${{ html: STYLE }}</style>`,
    html`${banner(view, verdict)}
<main id="main" tabindex="-1">
${facts(view)}
${await trafficSection(events, view)}
${steps(view)}
${gates(view)}
${diffs(events)}
${approvals(events)}
${told(events)}
${timeline(view)}
${chain(view)}
</main>
<footer><p>All times are UTC. Every number is one of the change's events: <code>runbook records show ${view.change} --json</code>.
<a href="../index.html">All changes</a></p></footer>`,
  );
}
