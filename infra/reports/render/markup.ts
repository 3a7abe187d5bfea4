import { printable } from "../../domain/plain-text.ts";

/** Text that is HTML already. */
export interface Html {
  html: string;
}

export type Inserted = string | number | Html | readonly Html[];

export const NOTHING: Html = { html: "" };

function escaped(text: string): string {
  return printable(text).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

function inserted(value: Inserted): string {
  if (typeof value === "string") return escaped(value);
  if (typeof value === "number") return String(value);
  return "html" in value ? value.html : value.map(({ html }) => html).join("");
}

/** Fills a template; whatever isn't HTML already is escaped. */
export function html(parts: TemplateStringsArray, ...values: readonly Inserted[]): Html {
  return {
    html: parts.map((part, index) => (index === 0 ? part : `${inserted(values[index - 1] ?? "")}${part}`)).join(""),
  };
}

/** A column's heading, and whether it holds numbers. */
export type Column = string | { heading: string; holds: "numbers" };

export interface Table {
  caption: string;
  /** `brief`: a phone shows a row as a line of its short cells and its last one below, without headings */
  kind?: "cards" | "brief";
  columns: readonly Column[];
  rows: readonly (readonly Inserted[])[];
}

const headingOf = (column: Column): string => (typeof column === "string" ? column : column.heading);

/** A table that a phone shows as one card a row, each cell under its heading. */
export function table({ caption, kind: form = "cards", columns, rows }: Table): Html {
  const kind = (index: number) => (typeof columns[index] === "object" ? { html: ` class="number"` } : NOTHING);
  const cell = (value: Inserted, index: number) => {
    const content = inserted(value);
    const inside: Html = { html: content === "" ? "" : `<div>${content}</div>` };
    return html`<td role="cell" data-heading="${headingOf(columns[index] ?? "")}"${kind(index)}>${inside}</td>`;
  };
  const heads = columns.map(
    (column, index) => html`<th role="columnheader" scope="col"${kind(index)}>${headingOf(column)}</th>`,
  );
  // Laid out as blocks on a phone, a table keeps being one for a screen reader only with its roles spelt out.
  return html`<table role="table" class="${form}"><caption>${caption}</caption>
<thead role="rowgroup"><tr role="row">${heads}</tr></thead>
<tbody role="rowgroup">${rows.map((row) => html`<tr role="row">${row.map(cell)}</tr>\n`)}</tbody></table>`;
}

export const time = (at: string): Html => html`<time datetime="${at}">${at.slice(11, 19)}</time>`;

/** A time with its day, for where a reader can't know it. */
export const moment = (at: string): Html =>
  html`<time datetime="${at}">${at.slice(0, 10)} ${at.slice(11, 19)} UTC</time>`;

/** Digits that a number is shown with. */
const DIGITS = 4;

/** A number as an event has it: the exact value stands beside the one for people, with where it comes from. */
export function number(value: number, seq: number, field: string): Html {
  return html`<data value="${String(value)}" data-seq="${seq}" data-field="${field}">${rounded(value)}</data>`;
}

/** A number with as many digits as people read (pure). */
export function rounded(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(DIGITS)));
}

/** The whole document: `head` has its style, and `body` stands behind the link that skips to it. */
export function page(title: string, head: Html, body: Html): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
${head}
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
${body}
</body>
</html>
`.html;
}
