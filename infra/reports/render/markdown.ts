import { formatDuration } from "../../domain/durations.ts";
import { markdownLine as cell, printable } from "../../domain/plain-text.ts";
import type { ChangeEvent } from "../../records/events.ts";
import { approvalsIn, diffsIn, tellingsIn } from "./extracts.ts";
import { errorLooksIn, movesIn, thinned } from "./looks.ts";
import { rounded } from "./markup.ts";
import { percent } from "./series.ts";
import { verdictOf } from "./verdict.ts";
import { type RecordView, type StepRow, viewOf } from "./view.ts";

/** Looks of the error rate that the text lists at most. */
const MOST_LOOKS = 40;

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(heads), line(heads.map(() => "---")), ...rows.map((row) => line(row.map(cell)))].join("\n");
}

const section = (title: string, body: string, rows: readonly unknown[]): string[] =>
  rows.length === 0 ? [] : [`## ${title}`, body];

function facts({ opened, approvedBy, openedAt, closedAt, closed, outcome, findings, timeline, head }: RecordView) {
  const known = (name: string, value: string | null | undefined): [string, string][] =>
    value === null || value === undefined || value === "" ? [] : [[name, value]];
  const release = (one: { version: string; id: string } | undefined) => one && `${one.version} (${one.id})`;
  const last = timeline.at(-1)?.seq ?? 0;
  const whole = `intact: ${last} events, each linked to the one before; the last one's hash is ${head}`;
  return [
    ...known("Outcome", closed === null ? outcome : `${outcome} (exit ${closed.exit}): ${closed.summary}`),
    ...known("Runbook", opened?.runbook),
    ...known("Stack", opened?.stack),
    ...known("From", release(opened?.replaces)),
    ...known("To", release(opened?.release)),
    ...known("On call", opened?.onCall),
    ...known("Started by", opened?.startedBy),
    ...known("Approved by", approvedBy.join(", ")),
    ...known("Reason", opened?.reason),
    ...known("Opened", openedAt),
    ...known("Closed", closedAt),
    ...known("Chain", findings.length === 0 ? whole : "BROKEN, see below"),
  ];
}

function stepCells({ name, title, state, seconds, startedAt, verdicts }: StepRow): string[] {
  const words = verdicts.map(({ gate, answer }) => `${gate} ${answer}`).join(", ");
  return [name, title, state, startedAt ?? "", seconds === null ? "" : formatDuration(seconds * 1_000), words];
}

function verdict(events: readonly ChangeEvent[], view: RecordView): string {
  const { word, headline, why, traffic, asked } = verdictOf(events, view);
  const weights = traffic.map(({ name, weight }) => `${weight} % ${name}`).join(", ");
  const asks = asked.map(({ text, command }) => `${cell(text)}${command === null ? "" : ` \`${command}\``}`);
  return [
    `**${word}.** ${cell(headline)}`,
    ...why.map((line) => `- ${cell(line)}`),
    "",
    `Traffic: ${weights === "" ? "no weight was moved" : cell(weights)}.`,
    "",
    "To do:",
    ...asks.map((line) => `- ${line}`),
  ].join("\n");
}

function traffic(events: readonly ChangeEvent[], { names }: RecordView): string[] {
  const moves = movesIn(events);
  const releases = [...new Set([...names.keys(), ...moves.flatMap(({ weights }) => Object.keys(weights))])];
  const rows = moves.map(({ seq, at, step, weights }) => [
    String(seq),
    at,
    step ?? "the way back",
    ...releases.map((release) => `${weights[release] ?? 0} %`),
  ]);
  const heads = ["", "Time (UTC)", "Step", ...releases.map((release) => cell(names.get(release) ?? release))];
  return section("Traffic", table(heads, rows), rows);
}

function errorRates(events: readonly ChangeEvent[]): string[] {
  const looks = errorLooksIn(events);
  const seen = (counted: { requests: number; errors: number } | null) =>
    counted === null ? "not seen" : `${counted.errors} of ${counted.requests} (${rounded(percent(counted))} %)`;
  const rows = thinned(looks, MOST_LOOKS).map(({ seq, at, step, canary, stable, e, threshold, answer }) => [
    String(seq),
    at,
    step ?? "",
    seen(canary),
    seen(stable),
    rounded(e),
    threshold === null ? "" : rounded(threshold),
    answer,
  ]);
  const heads = [
    "",
    "Time (UTC)",
    "Step",
    "The new release failed",
    "The release before failed",
    "E",
    "Fails at",
    "Answer",
  ];
  const left = looks.length - rows.length;
  const note = left === 0 ? "" : `\n\n${left} more looks are in the events.`;
  return section("Error rates and the test's evidence", `${table(heads, rows)}${note}`, rows);
}

function changes(events: readonly ChangeEvent[]): string[] {
  const rows = diffsIn(events).flatMap(({ seq, step, counts, resources }) => [
    [String(seq), step ?? "the way back", counts, ""],
    ...resources.map(({ op, type, name, properties }) => [
      "",
      "",
      `${op} ${name} (${type})`,
      properties.map(({ path, before, after }) => `${path}: ${before} → ${after}`).join("; "),
    ]),
  ]);
  return section("What the stack updates changed", table(["", "Step", "Resource", "Properties"], rows), rows);
}

function people(events: readonly ChangeEvent[]): string[] {
  const approvals = approvalsIn(events).map(({ seq, at, type, said }) => [String(seq), at, type, said]);
  const told = tellingsIn(events).map(({ at, channel, delivered, tries, detail }) => [
    at,
    channel,
    delivered,
    String(tries),
    detail,
  ]);
  return [
    ...section("Approvals", table(["", "Time (UTC)", "Event", "What was said"], approvals), approvals),
    ...section("Who was told", table(["Time (UTC)", "Channel", "Told", "Tries", "Detail"], told), told),
  ];
}

/** A change's record as Markdown (pure). */
export function renderMarkdown(events: readonly ChangeEvent[]): string {
  const view = viewOf(events);
  const failed = view.steps.flatMap(({ name, verdicts }) =>
    verdicts.filter(({ answer }) => answer !== "pass").map((verdict) => ({ step: name, ...verdict })),
  );
  const broken = view.findings.map(({ seq, problem }) => `- event ${seq} ${cell(problem)}`);
  const sections = [
    `# ${view.change}`,
    verdict(events, view),
    table(["", ""], facts(view)),
    ...section("The chain is broken", broken.join("\n"), broken),
    ...traffic(events, view),
    ...errorRates(events),
    "## Steps",
    table(["Step", "What", "State", "Started", "Took", "Gates' last answers"], view.steps.map(stepCells)),
    ...(failed.length === 0 ? [] : ["## Gates that did not pass"]),
    ...failed.map(
      ({ step, gate, answer, summary, evidence }) =>
        `### ${cell(step)}: ${cell(gate)} ${answer}\n\n${cell(summary)}\n\n~~~~json\n${evidence}\n~~~~`,
    ),
    ...changes(events),
    ...people(events),
    "## Timeline",
    table(
      ["", "Time (UTC)", "Step", "Event", ""],
      view.timeline.map(({ seq, at, step, type, text }) => [String(seq), at, step ?? "", type, text]),
    ),
  ];
  return printable(`${sections.join("\n\n")}\n`);
}
