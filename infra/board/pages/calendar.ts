import { windowAt } from "../../admission/calendar.ts";
import { formatDuration } from "../../domain/durations.ts";
import { type Html, html, moment, NOTHING, table } from "../../reports/render/markup.ts";
import { type CalendarDay, weeksOf } from "../calendar-days.ts";
import type { Page } from "../frame.ts";
import type { ShownSettings } from "../source.ts";

/** How many weeks are shown, this one among them. */
const WEEKS = 5;
const DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/** A stack's change rules, or why they can't be read. */
export interface StackRules {
  name: string;
  settings: ShownSettings | null;
  problem: string | null;
}

type Rules = NonNullable<ShownSettings["changes"]>;

function day({ date, isToday, windows, freezes }: CalendarDay): Html {
  const current = isToday ? html` aria-current="date"` : NOTHING;
  const open =
    windows.length === 0
      ? html`<span class="hold">closed</span>`
      : html`<span class="${freezes.length === 0 ? "good" : "hold"}">${windows.join(", ")}</span>`;
  const frozen = freezes.map((name) => html`<br><span class="bad">freeze: ${name}</span>`);
  return html`<span class="day"${current}><time datetime="${date}">${date.slice(5)}</time>${isToday ? " today" : ""}</span><br>${open}${frozen}`;
}

function who({ approvals }: Rules): Html {
  if (approvals === undefined) return html`<p>No approval is needed.</p>`;
  const { quorum, approvers, expireAfter } = approvals;
  const of = approvers === undefined ? "anyone but the author" : `of ${approvers.join(", ")}`;
  return html`<p>${quorum} must approve (${of}), within ${formatDuration(expireAfter)}.</p>`;
}

function window(rules: Rules, now: number): Html {
  const changes = windowAt(rules, now);
  if (changes.open) return html`<p><span class="good">Open</span>: a change may begin now.</p>`;
  const opens =
    changes.opensAt === null ? html`not in the next 400 days` : moment(new Date(changes.opensAt).toISOString());
  return html`<p><span class="bad">Closed</span>: ${changes.why}. It opens ${opens}. A rollback and an incident are always allowed.</p>`;
}

function section(names: readonly string[], rules: Rules | undefined, place: number, now: number): Html {
  const id = `rules-${place}`;
  const heading = html`<h2 id="${id}">${names.join(", ")}</h2>`;
  if (rules === undefined) {
    return html`<section aria-labelledby="${id}">${heading}<p>A change may begin at any time, and no approval is needed.</p></section>`;
  }
  const weeks = table({
    caption: `When a change may begin, by the clock of ${rules.timeZone}; during a freeze no change begins, whatever the window`,
    columns: DAYS,
    rows: weeksOf(rules, now, WEEKS).map((week) => week.map(day)),
  });
  return html`<section class="calendar" aria-labelledby="${id}">${heading}${window(rules, now)}${who(rules)}${weeks}</section>`;
}

/** The page of windows and freezes; stacks of the same rules share a calendar. */
export function calendarPage(stacks: readonly StackRules[], now: number): Page {
  const groups = new Map<string, { names: string[]; rules: Rules | undefined }>();
  for (const { name, settings } of stacks) {
    if (settings === null) continue;
    const key = JSON.stringify(settings.changes ?? null);
    const group = groups.get(key) ?? { names: [], rules: settings.changes };
    group.names.push(name);
    groups.set(key, group);
  }
  const problems = stacks.flatMap(({ name, problem }) =>
    problem === null ? [] : [html`<p class="bad">${name} can't be read: ${problem}</p>`],
  );
  const body = html`<h1>When changes may begin</h1>${problems}${[...groups.values()].map(({ names, rules }, place) => section(names, rules, place, now))}`;
  return { title: "Calendar", path: "/calendar", live: null, body };
}
