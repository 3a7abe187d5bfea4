import { formatDuration } from "../../durations.ts";
import type { ChangeEvent } from "../record/events.ts";
import { type RecordView, type StepRow, viewOf } from "./view.ts";

function cell(text: string): string {
  return text
    .replace(/\s+/g, " ")
    .replace(/[\\|`*_<>[\]]/g, "\\$&")
    .trim();
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(heads), line(heads.map(() => "---")), ...rows.map((row) => line(row.map(cell)))].join("\n");
}

function facts({
  opened,
  approvedBy,
  openedAt,
  closedAt,
  closed,
  outcome,
  findings,
  timeline,
}: RecordView): [string, string][] {
  const known = (name: string, value: string | null | undefined): [string, string][] =>
    value === null || value === undefined || value === "" ? [] : [[name, value]];
  const release = (one: { version: string; id: string } | undefined) => one && `${one.version} (${one.id})`;
  const last = timeline.at(-1)?.seq ?? 0;
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
    ...known(
      "Chain",
      findings.length === 0 ? `whole: ${last} events, each follows on the one before` : `BROKEN, see below`,
    ),
  ];
}

function stepCells({ name, title, state, seconds, startedAt, verdicts }: StepRow): string[] {
  const words = verdicts.map(({ gate, answer }) => `${gate} ${answer}`).join(", ");
  return [name, title, state, startedAt ?? "", seconds === null ? "" : formatDuration(seconds * 1_000), words];
}

/** A change's record as Markdown (pure). */
export function renderMarkdown(events: readonly ChangeEvent[]): string {
  const view = viewOf(events);
  const failed = view.steps.flatMap(({ name, verdicts }) =>
    verdicts.filter(({ answer }) => answer !== "pass").map((verdict) => ({ step: name, ...verdict })),
  );
  const sections = [
    `# ${view.change}`,
    table(["", ""], facts(view)),
    ...(view.findings.length === 0
      ? []
      : [
          "## The chain is broken",
          view.findings.map(({ seq, problem }) => `- event ${seq} ${cell(problem)}`).join("\n"),
        ]),
    "## Steps",
    table(["Step", "What", "State", "Started", "Took", "Gates' last word"], view.steps.map(stepCells)),
    ...(failed.length === 0 ? [] : ["## Gates that did not pass"]),
    ...failed.map(
      ({ step, gate, answer, summary, evidence }) =>
        `### ${cell(step)}: ${cell(gate)} ${answer}\n\n${cell(summary)}\n\n~~~~json\n${evidence}\n~~~~`,
    ),
    "## Timeline",
    table(
      ["", "Time (UTC)", "Step", "Event", ""],
      view.timeline.map(({ seq, at, step, type, text }) => [String(seq), at, step ?? "", type, text]),
    ),
  ];
  return `${sections.join("\n\n")}\n`;
}
