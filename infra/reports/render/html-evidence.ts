import type { ChangeEvent } from "../../records/events.ts";
import { approvalsIn, type Diff, diffsIn, tellingsIn } from "./extracts.ts";
import { type Html, html, NOTHING, table, time } from "./markup.ts";
import type { RecordView } from "./view.ts";

function diff({ seq, at, step, counts, resources }: Diff): Html {
  const rows = resources.flatMap(({ op, type, name, properties }) => {
    const what = [html`<span class="op">${op}</span>`, name, html`<code>${type}</code>`];
    if (properties.length === 0) return [[...what, ""]];
    return properties.map(({ path, before, after }, index) => {
      const change = html`<code>${path}</code>: <del>${before}</del> <span class="arrow">→</span> <ins>${after}</ins>`;
      return index === 0 ? [...what, change] : ["", "", "", change];
    });
  });
  const listed = table({
    caption: "What the update did to each resource; a secret's value shows as [secret]",
    columns: ["Did", "Resource", "Type", "Property"],
    rows,
  });
  return html`<details data-key="diff-${seq}"><summary>${step ?? "the way back"} at ${time(at)} (event ${seq}): ${counts}</summary>${rows.length === 0 ? NOTHING : listed}</details>`;
}

/** What each stack update changed. */
export function diffs(events: readonly ChangeEvent[]): Html {
  const found = diffsIn(events);
  if (found.length === 0) return NOTHING;
  return html`<section aria-labelledby="diffs"><h2 id="diffs">What the stack updates changed</h2>${found.map(diff)}</section>`;
}

/** Who approved what, and who overrode what. */
export function approvals(events: readonly ChangeEvent[]): Html {
  const found = approvalsIn(events);
  if (found.length === 0) return NOTHING;
  const rows = found.map(({ seq, at, type, said }) => [seq, time(at), type, said]);
  const shown = table({
    caption: "Approvals and overrides, as they were recorded",
    columns: [{ heading: "No.", holds: "numbers" }, "Time", "Event", "What was said"],
    rows,
  });
  return html`<section aria-labelledby="approvals"><h2 id="approvals">Approvals</h2>${shown}</section>`;
}

const WORDS = { yes: "told", no: "not told", unknown: "may have been told" } as const;
const TONES = { yes: "good", no: "bad", unknown: "hold" } as const;

/** Whom the change told, and whom it couldn't. */
export function told(events: readonly ChangeEvent[]): Html {
  const rows = tellingsIn(events).map(({ at, channel, delivered, detail, tries }) => [
    time(at),
    channel,
    html`<span class="${TONES[delivered]}">${WORDS[delivered]}</span>`,
    tries,
    detail,
  ]);
  if (rows.length === 0) return NOTHING;
  const shown = table({
    caption: "The channels of the setting notify",
    columns: ["Time", "Channel", "Told", { heading: "Tries", holds: "numbers" }, "Detail"],
    rows,
  });
  return html`<section aria-labelledby="told"><h2 id="told">Who was told</h2>${shown}</section>`;
}

/** Whether the events are those that were written. */
export function chain({ findings, timeline, change, head }: RecordView): Html {
  const items = findings.map(({ seq, problem }) => html`<li>Event ${seq} ${problem}.</li>`);
  const said =
    findings.length === 0
      ? html`<p><span class="good">Intact</span>: ${timeline.at(-1)?.seq ?? 0} events, each with the hash of the one before it.</p>`
      : html`<p><span class="bad">Broken</span>: somebody has altered this record.</p><ul>${items}</ul>`;
  return html`<section aria-labelledby="chain"><h2 id="chain">The chain of events</h2>${said}
<p>The last event's hash is <code class="hash">${head}</code>. A page proves nothing by itself: <code>runbook records verify ${change}</code> reads
the events again.</p></section>`;
}
