import { formatDuration } from "../../durations.ts";
import type { ChangeEvent } from "../record/events.ts";
import { drawPlots, type Plot } from "./plots.ts";
import { seriesOf } from "./series.ts";
import { STYLE } from "./style.ts";
import { type GateRow, type RecordView, type StepRow, type TimelineRow, viewOf } from "./view.ts";

/** Text that is HTML already. */
interface Html {
  html: string;
}

type Inserted = string | number | Html | readonly Html[];

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

function inserted(value: Inserted): string {
  if (typeof value === "string") return escaped(value);
  if (typeof value === "number") return String(value);
  return "html" in value ? value.html : value.map(({ html }) => html).join("");
}

/** Fills a template; whatever isn't HTML already is escaped. */
function html(parts: TemplateStringsArray, ...values: readonly Inserted[]): Html {
  return {
    html: parts.map((part, index) => (index === 0 ? part : `${inserted(values[index - 1] ?? "")}${part}`)).join(""),
  };
}

const NOTHING: Html = { html: "" };

function fact(name: string, value: string | null | undefined): Html {
  return value === null || value === undefined || value === ""
    ? NOTHING
    : html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
}

function header({
  change,
  opened,
  approvedBy,
  openedAt,
  closed,
  closedAt,
  outcome,
  timeline,
  findings,
}: RecordView): Html {
  const tone = closed === null ? "hold" : closed.exit === 0 ? "good" : "bad";
  const release = (one: { version: string; id: string } | undefined) => one && `${one.version} (${one.id})`;
  const chain =
    findings.length === 0 ? `whole, ${timeline.at(-1)?.seq ?? 0} events` : `broken in ${findings.length} places`;
  return html`<header>
<h1>${change} <span class="badge ${tone}">${outcome}</span></h1>
<p class="summary">${closed?.summary || "This change is not closed."}</p>
<dl>
${fact("Runbook", opened?.runbook)}${fact("Stack", opened?.stack)}
${fact("From", release(opened?.replaces))}${fact("To", release(opened?.release))}
${fact("On call", opened?.onCall)}${fact("Started by", opened?.startedBy)}${fact("Approved by", approvedBy.join(", "))}
${fact("Reason", opened?.reason)}${fact("Opened", openedAt)}${fact("Closed", closedAt)}
${fact("Exit code", closed === null ? null : String(closed.exit))}${fact("Chain of events", chain)}
</dl>
</header>`;
}

function broken({ findings }: RecordView): Html {
  if (findings.length === 0) return NOTHING;
  const items = findings.map(({ seq, problem }) => html`<li>Event ${seq} ${problem}.</li>`);
  return html`<section><h2 class="bad">The chain of events is broken</h2><ul>${items}</ul></section>`;
}

function figure({ title, svg }: Plot): Html {
  return html`<figure><figcaption>${title}</figcaption>${{ html: svg }}</figure>`;
}

function stepLine({ name, title, state, startedAt, seconds, verdicts }: StepRow): Html {
  const took = seconds === null ? "" : formatDuration(seconds * 1_000);
  const words = verdicts.map(({ gate, answer }) => html`<span>${gate} <span class="${answer}">${answer}</span></span>`);
  return html`<tr><td class="name">${name}</td><td>${title}</td><td class="state ${state}">${state}</td>
<td class="time">${startedAt === null ? "" : startedAt.slice(11, 19)}</td><td class="time">${took}</td>
<td><div class="verdicts">${words}</div></td></tr>`;
}

function steps({ steps }: RecordView): Html {
  return html`<section><h2>Steps</h2><div class="scroll"><table>
<caption>Each step, how it ended, and the last word of its gates; times are UTC</caption>
<thead><tr><th scope="col">Step</th><th scope="col">What</th><th scope="col">State</th><th scope="col">Began</th>
<th scope="col">Took</th><th scope="col">Gates</th></tr></thead>
<tbody>${steps.map(stepLine)}</tbody></table></div></section>`;
}

function evidence(step: string, { gate, answer, summary, evidence, looks }: GateRow): Html {
  const times = looks === 1 ? "once" : `${looks} times`;
  const open = answer === "pass" ? NOTHING : { html: " open" };
  return html`<details${open}><summary>${step}: ${gate} <span class="${answer}">${answer}</span>, looked at ${times}</summary>
<p>${summary}</p><pre tabindex="0">${evidence}</pre></details>`;
}

function gates({ steps }: RecordView): Html {
  const rows = steps.flatMap(({ name, verdicts }) => verdicts.map((verdict) => evidence(name, verdict)));
  return rows.length === 0 ? NOTHING : html`<section><h2>The gates' evidence</h2>${rows}</section>`;
}

function timelineLine({ seq, at, step, type, text, tone }: TimelineRow): Html {
  return html`<tr><td class="time">${seq}</td><td class="time"><time datetime="${at}">${at.slice(11, 19)}</time></td>
<td>${step ?? ""}</td><td class="${tone}">${type}</td><td>${text}</td></tr>`;
}

function timeline({ timeline, openedAt }: RecordView): Html {
  return html`<section><h2>Timeline</h2><div class="scroll"><table>
<caption>What happened, from ${openedAt} on; times are UTC. A gate stands here when its answer changes: every look is in the events.</caption>
<thead><tr><th scope="col">No.</th><th scope="col">Time</th><th scope="col">Step</th><th scope="col">Event</th><th scope="col">What</th></tr></thead>
<tbody>${timeline.map(timelineLine)}</tbody></table></div></section>`;
}

/** A change's record as one HTML page that needs nothing else: style and plots stand in it. */
export async function renderHtml(events: readonly ChangeEvent[]): Promise<string> {
  const view = viewOf(events);
  const plots = await drawPlots(seriesOf(events, view.names));
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${view.change} ${view.opened?.runbook ?? ""} ${view.opened?.stack ?? ""}</title>
<style>${{ html: STYLE }}</style>
</head>
<body>
${header(view)}
<main>
${broken(view)}
${plots.length === 0 ? NOTHING : html`<section><h2>What the traffic did</h2>${plots.map(figure)}</section>`}
${steps(view)}
${gates(view)}
${timeline(view)}
</main>
</body>
</html>
`;
  return page.html;
}
