import type { Action } from "../../change/decide.ts";
import type { Plan } from "../../change/plan.ts";
import type { Progress } from "../../change/progress.ts";
import type { Exit } from "../../errors.ts";
import type { ChangeEvent } from "../../records/events.ts";

/** Where a change stands between two events. Times are milliseconds since the epoch. */
export interface View {
  plan: Plan;
  progress: Progress;
  action: Action;
  now: number;
  /** How much faster than life the waits are; 1 outside a sandbox. */
  scale: number;
}

/** How a command about a change ended. */
export interface Result {
  exit: Exit;
  change: string;
  /** Where the record lies. */
  record: string;
  stack: string;
  /** When to resume, ISO 8601, where the change waits. */
  resumeAt: string | null;
}

/** Tells people and programs what a change does, as it does it. */
export interface Reporter {
  event(event: ChangeEvent): void;
  tick(view: View): void;
  /** What the engine or the policies said; goes to stderr. */
  problems(problems: readonly string[]): void;
  result(result: Result): void;
}

export type OutputStream = NodeJS.WritableStream & { isTTY?: boolean; columns?: number | undefined };

export interface Streams {
  stdout: OutputStream;
  stderr: OutputStream;
}

export type Mode = "terminal" | "plain" | "json";
