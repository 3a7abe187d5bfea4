import { type Html, html, NOTHING } from "../reports/render/markup.ts";
import type { ChangeAction } from "./offers.ts";
import { changeActionPath } from "./paths.ts";
import type { Viewer } from "./viewer.ts";

/** The longest reason that is taken, in characters: it stands in the record and in messages. */
export const LONGEST_REASON = 1_000;

const WORDS: Readonly<Record<ChangeAction, { name: string; does: string }>> = {
  approve: {
    name: "Approve",
    does: "You say that this change may go on. Your name and your reason are kept in its record.",
  },
  abort: {
    name: "Abort",
    does: "The change ends, and the stack goes back to the weights and releases from before it.",
  },
  resume: { name: "Resume", does: "What is due is done now; a change that was stuck is tried again." },
};

/** A form that asks for a reason and sends it with what the page knew. */
export function reasonForm(
  viewer: Viewer,
  {
    path,
    key,
    name,
    does,
    fields,
  }: { path: string; key: string; name: string; does: string; fields: Readonly<Record<string, string>> },
  more: Html = NOTHING,
): Html {
  if (viewer.name === null) return NOTHING;
  const hidden = Object.entries({ ...fields, token: viewer.token }).map(
    ([field, value]) => html`<input type="hidden" name="${field}" value="${value}">`,
  );
  return html`<details class="action" data-key="${key}"><summary>${name}…</summary>
<form method="post" action="${path}">${hidden}<p id="${key}-does">${does}</p>${more}
<label for="${key}-reason">Reason, for the record</label>
<textarea id="${key}-reason" name="reason" required maxlength="${LONGEST_REASON}" rows="2" aria-describedby="${key}-does"></textarea>
<button type="submit">${name}</button></form></details>`;
}

/** What a viewer can do with a change; nothing for one who only reads. */
export function changeForms(
  { stack, change, offers }: { stack: string; change: string; offers: readonly ChangeAction[] },
  viewer: Viewer,
): Html {
  if (viewer.name === null || offers.length === 0) return NOTHING;
  const forms = offers.map((action) =>
    reasonForm(viewer, {
      ...WORDS[action],
      path: changeActionPath(change, action),
      key: action,
      fields: { stack },
    }),
  );
  return html`<section class="actions" aria-labelledby="actions"><h2 id="actions">What you can do</h2>${forms}</section>`;
}
