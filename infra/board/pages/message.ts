import { type Html, html, NOTHING } from "../../reports/render/markup.ts";
import type { Page } from "../frame.ts";

/** A page that says something: why a request was refused, or that it was taken. */
export function messagePage(title: string, said: readonly string[], more: Html = NOTHING): Page {
  const body = html`<h1>${title}</h1>${said.map((line) => html`<p>${line}</p>`)}${more}<p><a href="/">All stacks</a></p>`;
  return { title, path: "/", live: null, body };
}
