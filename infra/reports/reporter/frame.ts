import type { createColors } from "picocolors";
import { formatDuration } from "../../domain/durations.ts";
import type { GateRow } from "../render/view.ts";
import type { View } from "./reporter.ts";

/** What a gate said last. */
export type Seen = Pick<GateRow, "gate" | "answer" | "summary">;

export type Colors = ReturnType<typeof createColors>;

export interface FrameOptions {
  change: string;
  stack: string;
  /** The verdicts of the step under way. */
  seen: readonly Seen[];
  now: number;
  columns: number;
  colors: Colors;
}

/** How wide a bar is. */
export const BAR = 24;

/** Cuts a text to a width; what is left out shows as an ellipsis. */
export function cut(text: string, width: number): string {
  const room = Math.max(1, width);
  const flat = text.replace(/\s+/g, " ");
  return flat.length <= room ? flat : `${flat.slice(0, room - 1)}…`;
}

function stepLines({ plan, progress, action }: View, { seen, now, columns, colors }: FrameOptions): string[] {
  const failed = progress.failure !== null;
  const width = Math.max(...plan.steps.map(({ name }) => name.length));
  return plan.steps.flatMap((step, index) => {
    const room = columns - width - 6;
    const name = step.name.padEnd(width);
    if (index < progress.stepIndex) return [`  ${colors.green("✓")} ${name}  ${colors.dim(cut(step.title, room))}`];
    if (index > progress.stepIndex) return [colors.dim(`  · ${name}  ${cut(step.title, room)}`)];
    const left = "step" in action && action.kind === "wait" ? `  ${formatDuration(action.until - now)} left` : "";
    const mark = failed ? colors.red("✗") : colors.cyan("▸");
    const title = `  ${mark} ${colors.bold(name)}  ${cut(step.title, room - left.length)}${colors.cyan(left)}`;
    return [title, ...seen.map((verdict) => verdictLine(verdict, "      ", columns, colors))];
  });
}

/** What a gate said last, in a line. */
export function verdictLine({ gate, answer, summary }: Seen, indent: string, columns: number, colors: Colors): string {
  const paint = { pass: colors.green, hold: colors.yellow, fail: colors.red }[answer];
  return `${indent}${paint(answer)} ${gate.padEnd(18)} ${colors.dim(cut(summary, columns - indent.length - 25))}`;
}

/** A bar that is full by a share from 0 to 1. */
export function bar(share: number, paint: (text: string) => string, colors: Colors): string {
  const full = Math.round(share * BAR);
  return paint("█".repeat(full)) + colors.dim("░".repeat(BAR - full));
}

/** The releases and their weights as bars. */
function weightLines({ plan, progress }: View, { columns, colors }: FrameOptions): string[] {
  const { releases } = progress.state ?? plan.base;
  return releases.map(({ id, weight, manifest }) => {
    const paint = id === plan.release.id ? colors.cyan : colors.blue;
    return `  ${bar(weight / 100, paint, colors)} ${String(weight).padStart(3)} %  ${cut(`${manifest.version} (${id})`, columns - BAR - 11)}`;
  });
}

const DOING = {
  "await-approval": "waiting for approval",
  dismiss: "the change may not begin any more",
  start: "starting the step",
  update: "updating the stack",
  task: "working outside the stack",
  undo: "undoing the work outside the stack",
  "read-back": "reading back the route, the pods and the answers",
  settle: "starting the gates",
  gates: "looking at the gates",
  count: "reading what was counted",
  sample: "reading what the pods have counted",
  finish: "finishing the step",
  fail: "a gate failed",
  stop: "a person is needed",
  announce: "announcing it and opening the ticket",
  restore: "moving the weights back",
  clean: "removing what the change had added",
  close: "closing the record",
  nothing: "nothing is left to do",
} as const;

function nowLine({ action, scale, progress }: View, { now, columns, colors }: FrameOptions): string {
  const paint = progress.failure === null ? colors.cyan : colors.yellow;
  if (action.kind !== "wait") return paint(`  ${DOING[action.kind]}`);
  const faster = scale === 1 ? "" : ` (time runs ${scale} times faster here)`;
  return paint(`  ${cut(`next look in ${formatDuration(action.until - now)}: ${action.why}${faster}`, columns - 2)}`);
}

/** One picture of a change under way (pure): the steps with the gates' last words, the weights, what comes next. */
export function frameOf(view: View, options: FrameOptions): string {
  const { plan, progress } = view;
  const { change, stack, columns, colors } = options;
  const heading = `${plan.runbook} ${plan.release.manifest.version} on ${stack}`;
  return [
    `${colors.bold(cut(heading, columns - change.length - 2))}  ${colors.dim(change)}`,
    ...stepLines(view, options),
    "",
    ...weightLines(view, options),
    "",
    ...(progress.failure === null ? [] : [colors.red(`  ${cut(progress.failure.reason, columns - 2)}`)]),
    nowLine(view, options),
  ].join("\n");
}
