import { unwatchedInWords } from "../change/unwatched.ts";
import { formatDuration } from "../domain/durations.ts";
import { SECRET_NAMES } from "../domain/releases.ts";
import type { ChangeEvent } from "../records/events.ts";
import { describe } from "../reports/render/describe.ts";
import { dataOf } from "../reports/render/event-data.ts";
import { errorLooksIn } from "../reports/render/looks.ts";
import { rounded } from "../reports/render/markup.ts";
import { timelineOf, viewOf } from "../reports/render/view.ts";
import { BAR, bar, type Colors, cut, verdictLine } from "../reports/reporter/frame.ts";
import type { Standing, Status } from "../runner/status.ts";

/** What a picture of a stack is drawn from. Times are milliseconds since the epoch. */
export interface Watched extends Standing {
  /** the events of the change under way, or of the newest one */
  events: readonly ChangeEvent[];
  now: number;
}

export interface FrameStyle {
  columns: number;
  colors: Colors;
}

const RECENT = 6;

function releaseLines({ releases }: Status, { columns, colors }: FrameStyle): string[] {
  return releases.map(({ id, version, weight, ready, desired }) => {
    const pods = `${ready}/${desired} ready`;
    const shown = ready === desired ? pods : colors.yellow(pods);
    return `  ${bar(weight / 100, colors.cyan, colors)} ${String(weight).padStart(3)} %  ${cut(`${version} (${id})`, columns - BAR - 12 - pods.length)}  ${shown}`;
  });
}

function changeLines({ status, events, now }: Watched, { columns, colors }: FrameStyle): string[] {
  const { change } = status;
  if (change === null) return [colors.dim("  no change under way")];
  const left = change.resumeAt === null ? "" : `, ${formatDuration(Date.parse(change.resumeAt) - now)} left`;
  const paint = change.state === "returning" ? colors.yellow : colors.cyan;
  const { steps } = viewOf(events);
  const done = steps.filter(({ state }) => state === "done").length;
  return [
    `  ${colors.bold(cut(`${change.id} ${change.runbook}, on call: ${change.onCall}`, columns - 2))}`,
    paint(
      `  ${cut(`step ${change.step ?? "-"} (${done} of ${steps.length} done): ${change.state}${left}`, columns - 2)}`,
    ),
    ...(change.unwatchedSince === null
      ? []
      : [colors.red(`  ${cut(`${unwatchedInWords(change.unwatchedSince)}: resume it`, columns - 2)}`)]),
    ...approvalLines(change, { columns, colors }),
    ...gateLines(events, change.step, { columns, colors }),
  ];
}

function approvalLines(change: NonNullable<Status["change"]>, { columns, colors }: FrameStyle): string[] {
  const { approvals, override } = change;
  const by = approvals === null || approvals.by.length === 0 ? "" : ` (${approvals.by.join(", ")})`;
  const given = approvals === null ? [] : [`${approvals.by.length} of ${approvals.quorum} approvals${by}`];
  const words = [...given, ...(override === null ? [] : [`rules overridden: ${override}`])];
  return words.map((text) => colors.yellow(`  ${cut(text, columns - 2)}`));
}

/** The last word of each gate in the step, and the test's evidence against its limit. */
function gateLines(events: readonly ChangeEvent[], step: string | null, { columns, colors }: FrameStyle): string[] {
  const own = events.filter((event) => event.step === step);
  const said = new Map(own.flatMap((event) => dataOf("gate", event) ?? []).map((gate) => [gate.gate, gate]));
  const lines = [...said.values()].map((gate) => verdictLine(gate, "    ", columns, colors));
  const look = errorLooksIn(own).at(-1);
  if (look === undefined || look.threshold === null) return lines;
  const share = Math.min(1, Math.max(0, Math.log10(Math.max(look.e, 1)) / Math.log10(look.threshold)));
  const paint = share < 0.5 ? colors.green : share < 1 ? colors.yellow : colors.red;
  const words = `evidence against it: E = ${rounded(look.e)}, fails at ${rounded(look.threshold)}`;
  return [...lines, `    ${bar(share, paint, colors)} ${cut(words, columns - BAR - 5)}`];
}

function secretLine({ secrets }: Status, { columns, colors }: FrameStyle): string {
  const words = SECRET_NAMES.map((name) => {
    const { current, pending, ageDays } = secrets[name];
    const next = pending === null ? "" : `, ${pending} pending`;
    return `${name} ${current} ${ageDays}d${next}`;
  });
  return colors.dim(`  ${cut(`secrets: ${words.join("; ")}`, columns - 2)}`);
}

/** The secrets that have reached their age limit: a line of their own, which no narrow terminal cuts off. */
function overdueLines({ status, ages }: Standing, { columns, colors }: FrameStyle): string[] {
  const overdue = SECRET_NAMES.filter((name) => ages[name].state === "overdue");
  if (overdue.length === 0) return [];
  const words = overdue.map((name) => `${name} since ${ages[name].rotateBy}`);
  const text = `overdue: ${words.join(", ")}: runbook rotate SECRET --stack ${status.stack}`;
  return [colors.yellow(`  ${cut(text, columns - 2)}`)];
}

function recentLines(events: readonly ChangeEvent[], { columns, colors }: FrameStyle): string[] {
  const newest = new Map(events.map((event) => [event.seq, event]));
  return timelineOf(events)
    .slice(-RECENT)
    .map(({ seq, at, step, type, tone }) => {
      const event = newest.get(seq);
      const text = event === undefined ? type : describe(event);
      const paint = tone === "bad" ? colors.red : tone === "good" ? colors.green : (same: string) => same;
      const head = `${at.slice(11, 19)} ${step ?? "-"} ${type}`;
      return `  ${paint(cut(`${head}: ${text}`, columns - 2))}`;
    });
}

/** One picture of a stack (pure): releases with their weights, the change with its gates, secrets, recent events. */
export function watchFrame(watched: Watched, style: FrameStyle): string {
  const { status, events, now } = watched;
  const { columns, colors } = style;
  const clock = `${new Date(now).toISOString().slice(11, 19)} UTC`;
  const title = cut(`${status.stack} ${status.gateway}`, columns - clock.length - 2);
  return [
    `${colors.bold(title)}  ${colors.dim(clock)}`,
    ...releaseLines(status, style),
    "",
    ...changeLines(watched, style),
    "",
    secretLine(status, style),
    ...overdueLines(watched, style),
    ...(events.length === 0 ? [] : ["", ...recentLines(events, style)]),
  ].join("\n");
}
