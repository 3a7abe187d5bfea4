import { type Html, html, moment, NOTHING, number } from "./markup.ts";
import type { Asked, ChangeVerdict } from "./verdict.ts";
import type { RecordView } from "./view.ts";

/** Says the tone without colour. */
const SIGNS = { good: "✓", bad: "✗", hold: "…" } as const;

/** A share of the whole as a bar; the number stands beside it. */
export function track(percent: number): Html {
  return html`<progress class="track" aria-hidden="true" max="100" value="${percent}"></progress>`;
}

function bar({ name, weight, seq, field }: ChangeVerdict["traffic"][number]): Html {
  const value = number(weight, seq, field);
  return html`<li><span class="share">${value} %</span>${track(weight)}
<span class="name">${name}</span></li>`;
}

function asked({ text, command }: Asked): Html {
  return html`<li>${text}${command === null ? NOTHING : html` <code>${command}</code>`}</li>`;
}

/** What a reader sees first: what happened, where traffic stands, what is asked of whom. */
export function banner({ change, opened }: RecordView, verdict: ChangeVerdict): Html {
  const { tone, word, headline, why, traffic } = verdict;
  const reasons = why.length === 0 ? NOTHING : html`<ul class="why">${why.map((line) => html`<li>${line}</li>`)}</ul>`;
  const bars =
    traffic.length === 0
      ? html`<p>Where it was: no weight was moved.</p>`
      : html`<ul class="bars">${traffic.map(bar)}</ul>`;
  return html`<header class="banner ${tone}">
<p class="eyebrow">${change}, ${opened?.runbook ?? "change"} on ${opened?.stack ?? "?"}</p>
<h1><span class="badge"><span aria-hidden="true">${SIGNS[tone]}</span> ${word}</span> ${headline}</h1>
${reasons}
<div class="answers">
<section aria-labelledby="stands"><h2 id="stands">Where the traffic is</h2>${bars}</section>
<section aria-labelledby="asked"><h2 id="asked">What you have to do</h2><ul>${verdict.asked.map(asked)}</ul></section>
</div>
</header>`;
}

function fact(name: string, value: string | Html | null | undefined): Html {
  return value === null || value === undefined || value === ""
    ? NOTHING
    : html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
}

/** What, why, who and when. */
export function facts({ opened, approvedBy, openedAt, closed, closedAt, findings, timeline }: RecordView): Html {
  const release = (one: { version: string; id: string } | undefined) => one && `${one.version} (${one.id})`;
  const events = timeline.at(-1)?.seq ?? 0;
  const state = findings.length === 0 ? `whole, ${events} events` : `BROKEN in ${findings.length} places`;
  return html`<section aria-labelledby="facts"><h2 id="facts">What, why, who and when</h2><dl>
${fact("Runbook", opened?.runbook)}${fact("Stack", opened?.stack)}
${fact("From", release(opened?.replaces))}${fact("To", release(opened?.release))}
${fact("On call", opened?.onCall)}${fact("Started by", opened?.startedBy)}${fact("Approved by", approvedBy.join(", "))}
${fact("Reason", opened?.reason)}${fact("Opened", openedAt === "" ? null : moment(openedAt))}${fact("Closed", closedAt === null ? "not yet" : moment(closedAt))}
${fact("Exit code", closed === null ? null : String(closed.exit))}${fact("Outcome", closed === null ? null : closed.summary)}
${fact("Chain of events", html`<a href="#chain">${state}</a>`)}
</dl></section>`;
}
