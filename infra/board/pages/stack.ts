import { type Html, html, NOTHING, table } from "../../reports/render/markup.ts";
import type { Standing, Status } from "../../runner/status.ts";
import { reasonForm } from "../forms.ts";
import type { Page } from "../frame.ts";
import { rollbackPath } from "../paths.ts";
import type { StackCard } from "../stack-card.ts";
import type { Viewer } from "../viewer.ts";
import { cardHtml } from "./stacks.ts";

function targets({ rollbackTargets }: Status): Html {
  if (rollbackTargets.length === 0) return html`<p>No release to roll back to is known.</p>`;
  const rows = rollbackTargets.map(({ version, id, legal, why }) => [
    html`<strong>${version}</strong>`,
    html`<code>${id}</code>`,
    legal ? html`<span class="good">yes</span>` : html`<span class="bad">no</span>`,
    why,
  ]);
  const columns = ["Version", "Release", "Can be rolled back to", "Why"];
  return table({ caption: "Earlier releases", columns, rows });
}

/** The form of a rollback: it names what had the traffic when the page was made, so that an old page rolls nothing else back. */
function rollback({ stack, releases, rollbackTargets, change }: Status, viewer: Viewer): Html {
  const legal = rollbackTargets.filter((target) => target.legal);
  const [from] = [...releases].sort((one, other) => other.weight - one.weight);
  if (viewer.name === null || from === undefined) return NOTHING;
  if (change !== null) {
    return html`<p>${change.id} is under way: aborting it, on its own page, is the fastest way back.</p>`;
  }
  if (legal.length === 0) return NOTHING;
  const choices = legal.map(({ version, id, why }, index) => {
    const checked = index === 0 ? html` checked` : NOTHING;
    return html`<label><input type="radio" name="to" value="${id}" required${checked}> ${version} <code>${id}</code>: ${why}</label>`;
  });
  const form = {
    path: rollbackPath(stack),
    key: "rollback",
    name: "Roll back",
    does: `All traffic of ${from.version} goes to the release that you choose, with its configuration and its secrets.`,
    fields: { from: from.id },
  };
  return html`<section class="actions" aria-labelledby="actions"><h2 id="actions">What you can do</h2>
${reasonForm(viewer, form, html`<fieldset><legend>Back to</legend>${choices}</fieldset>`)}</section>`;
}

/** One stack's page: how it stands, and what it could go back to. */
export function stackPage(card: StackCard, standing: Standing | null, viewer: Viewer): Page {
  const status = standing?.status ?? null;
  const body = html`<h1>${card.name}</h1>${cardHtml(card, 0)}
${status === null ? NOTHING : html`${rollback(status, viewer)}<section aria-labelledby="targets"><h2 id="targets">Rollback targets</h2>${targets(status)}</section>`}`;
  return { title: `Stack ${card.name}`, path: "/", live: null, body };
}
