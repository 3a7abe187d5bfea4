import { formatDuration } from "../../domain/durations.ts";
import { type Html, html, NOTHING, table, time } from "./markup.ts";
import type { GateRow, RecordView, StepRow } from "./view.ts";

function verdicts({ verdicts }: StepRow): Html {
  const words = verdicts.map(({ gate, answer }) => html`<span>${gate} <span class="${answer}">${answer}</span></span>`);
  return words.length === 0 ? html`none` : html`<span class="verdicts">${words}</span>`;
}

/** Each step and how it ended. */
export function steps({ steps }: RecordView): Html {
  if (steps.length === 0) return NOTHING;
  const rows = steps.map((step) => {
    const { name, title, state, startedAt, seconds } = step;
    const took = seconds === null ? "" : formatDuration(seconds * 1_000);
    const began = startedAt === null ? "" : time(startedAt);
    return [
      html`<strong>${name}</strong>`,
      title,
      html`<span class="state ${state}">${state}</span>`,
      began,
      took,
      verdicts(step),
    ];
  });
  const shown = table({
    caption: "Each step, how it ended, and the last answers of its gates",
    columns: ["Step", "What", "State", "Began", { heading: "Took", holds: "numbers" }, "Gates"],
    rows,
  });
  return html`<section aria-labelledby="steps"><h2 id="steps">Steps</h2>${shown}</section>`;
}

function evidence(step: string, { gate, answer, summary, evidence, looks }: GateRow): Html {
  const times = looks === 1 ? "once" : `${looks} times`;
  const open = answer === "pass" ? NOTHING : { html: " open" };
  return html`<details${open} data-key="${step}/${gate}"><summary>${step}: ${gate} <span class="${answer}">${answer}</span>, looked at ${times}</summary>
<p>${summary}</p><pre tabindex="0" role="region" aria-label="Evidence of ${gate} at ${step}">${evidence}</pre></details>`;
}

/** The last word of every gate, with what it saw; those that did not pass stand open. */
export function gates({ steps }: RecordView): Html {
  const rows = steps.flatMap(({ name, verdicts }) => verdicts.map((verdict) => evidence(name, verdict)));
  if (rows.length === 0) return NOTHING;
  return html`<section aria-labelledby="gates"><h2 id="gates">The gates' evidence</h2>${rows}</section>`;
}

/** What happened, in its order. */
export function timeline({ timeline, openedAt }: RecordView): Html {
  const days = new Set(timeline.map(({ at }) => at.slice(0, 10))).size;
  const rows = timeline.map(({ seq, at, step, type, text, tone }) => [
    seq,
    days > 1 ? html`${at.slice(5, 10)} ${time(at)}` : time(at),
    step ?? "",
    html`<span class="${tone}">${type}</span>`,
    text,
  ]);
  const shown = table({
    kind: "brief",
    caption: `From ${openedAt} on. A gate is listed here when its answer changes; every look is in the events.`,
    columns: [{ heading: "No.", holds: "numbers" }, "Time", "Step", "Event", "What"],
    rows,
  });
  return html`<section aria-labelledby="timeline"><h2 id="timeline">Timeline</h2>${shown}</section>`;
}
