import { unwatchedInWords } from "../../change/unwatched.ts";
import { track } from "../../reports/render/html-top.ts";
import { type Html, html, moment, NOTHING } from "../../reports/render/markup.ts";
import type { Page, Part } from "../frame.ts";
import { partsHtml } from "../frame.ts";
import { changePath, stackPath } from "../paths.ts";
import type { CardChange, CardRelease, StackCard } from "../stack-card.ts";

function release({ id, version, weight, ready, desired }: CardRelease): Html {
  const pods = ready === null || desired === null ? "pods not read yet" : `${ready} of ${desired} pods ready`;
  return html`<li><span class="share">${weight} %</span>${track(weight)}
<span class="name">${version} <code>${id}</code>, ${pods}</span></li>`;
}

const when = (at: string | null): Html => (at === null ? NOTHING : html` (${moment(at)})`);

function approvals({ approvals: asked }: CardChange): Html {
  if (asked === null) return NOTHING;
  const by = asked.by.length === 0 ? "" : `: ${asked.by.join(", ")}`;
  return html`<div><dt>Approvals</dt><dd>${asked.by.length} of ${asked.quorum}${by}</dd></div>`;
}

function change(stack: string, under: CardChange): Html {
  const { id, runbook, step, done, state, next, unwatchedSince, override } = under;
  const steps = done === null ? NOTHING : html`, ${done.steps} of ${done.of} steps done`;
  const unwatched =
    unwatchedSince === null
      ? NOTHING
      : html`<p class="bad"><strong>${unwatchedInWords(unwatchedSince)}: resume it</strong></p>`;
  return html`<p class="under"><a href="${changePath(id, stack)}"><strong>${id}</strong></a> ${runbook}: ${step ?? "before its first step"}${steps}</p>
${unwatched}<dl class="facts"><div><dt>Now</dt><dd>${state}</dd></div>
<div><dt>Next</dt><dd>${next.what}${when(next.at)}</dd></div>${approvals(under)}
${override === null ? NOTHING : html`<div><dt>Rules overridden</dt><dd>${override}</dd></div>`}</dl>`;
}

function quiet({ idle }: StackCard): Html {
  return idle === null ? NOTHING : html`<p>No change is under way; ${idle.what}${when(idle.at)}.</p>`;
}

function who({ onCall, service }: StackCard): Html {
  const running =
    service === null
      ? html`nobody`
      : html`${service.who} since ${moment(service.since)}${service.lookedAt === null ? NOTHING : html`, last looked ${moment(service.lookedAt)}`}`;
  return html`<dl class="facts"><div><dt>On call</dt><dd>${onCall ?? "not known yet"}</dd></div><div><dt>Run by</dt><dd>${running}</dd></div></dl>`;
}

function due({ due: secrets }: StackCard): Html {
  if (secrets.length === 0) return NOTHING;
  const said = secrets.map(
    ({ name, state, rotateBy }) =>
      html`<li><code>${name}</code> <span class="${state === "overdue" ? "bad" : "hold"}">${state}</span>, to be rotated by ${rotateBy}</li>`,
  );
  return html`<h3>Secrets</h3><ul>${said}</ul>`;
}

function problems({ problems: said, readAt }: StackCard): Html {
  if (said.length === 0) return NOTHING;
  const shown = readAt === null ? html`Nothing of it is known yet.` : html`What is shown was read ${moment(readAt)}.`;
  return html`<ul class="bad">${said.map((problem) => html`<li>${problem}</li>`)}</ul><p>${shown}</p>`;
}

const SIGNS = { good: "✓", bad: "✗", hold: "…" } as const;

/** One stack. */
export function cardHtml(card: StackCard, place: number): Html {
  const { name, stage, gateway, tone, word, releases } = card;
  const id = `stack-${place}`;
  const bars = releases.length === 0 ? NOTHING : html`<h3>Traffic</h3><ul class="bars">${releases.map(release)}</ul>`;
  return html`<article class="stack ${tone}" aria-labelledby="${id}">
<h2 id="${id}"><a href="${stackPath(name)}">${name}</a> <span class="badge ${tone}"><span aria-hidden="true">${SIGNS[tone]}</span> ${word}</span></h2>
<p class="eyebrow">${[stage, gateway].flatMap((said) => said ?? []).join(", ")}</p>
${problems(card)}${card.change === null ? quiet(card) : change(name, card.change)}
${bars}${who(card)}${due(card)}
</article>`;
}

/** How all stacks stand, in a sentence. */
export function summaryOf(cards: readonly StackCard[]): string {
  if (cards.length === 0) return "No stack is served.";
  const open = cards.filter((card) => card.change !== null).length;
  const asking = cards.flatMap(({ name, tone, word, due: secrets }) => {
    const overdue = secrets.filter(({ state }) => state === "overdue").length;
    const asked = tone === "bad" || word === "Awaits approval" ? [word.toLowerCase()] : [];
    const said = [
      ...asked,
      ...(overdue === 0 ? [] : [overdue === 1 ? "a secret is overdue" : `${overdue} secrets are overdue`]),
    ];
    return said.length === 0 ? [] : [`${name} (${said.join(", ")})`];
  });
  const under =
    open === 0 ? "No change is under way" : open === 1 ? "1 change is under way" : `${open} changes are under way`;
  const asks = asking.length === 0 ? "nothing needs you" : `look at ${asking.join(", ")}`;
  return `${under} on ${cards.length === 1 ? "1 stack" : `${cards.length} stacks`}; ${asks}.`;
}

/** The page's parts: a sentence on all, then each stack. */
export function stacksParts(cards: readonly StackCard[]): Part[] {
  return [
    { id: "summary", html: html`<h1>${summaryOf(cards)}</h1>` },
    ...cards.map((card, place) => ({ id: `stack-${place}`, html: cardHtml(card, place) })),
  ];
}

/** The first page. */
export function stacksPage(cards: readonly StackCard[]): Page {
  const body = html`<div class="stacks">${partsHtml(stacksParts(cards))}</div>`;
  return { title: "Stacks", path: "/", live: "/events", body };
}
