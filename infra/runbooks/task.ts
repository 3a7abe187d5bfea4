import type { Plan, Step } from "../change/plan.ts";
import type { Json } from "../domain/json.ts";
import type { ReleaseState } from "../domain/releases.ts";

/** What a task knows of the change that it is part of. */
export interface TaskContext {
  change: string;
  plan: Plan;
  /** null where it undoes what the change's tasks have done */
  step: Step | null;
  /** what stands: after the step's update, where it has one */
  state: ReleaseState;
  /** what the earlier tasks of the change came to, by step */
  results: Readonly<Record<string, Json>>;
  /** what the last reading before the step came to; null where there was none */
  sample: Json | null;
  /** when each earlier step of the change ended, in milliseconds since the epoch */
  finishedAt: Readonly<Record<string, number>>;
  /** when the step began, in milliseconds since the epoch: the same for every try */
  startedAt: number;
  signal: AbortSignal;
  /** milliseconds since the epoch */
  now: number;
}

export type TaskResult = { summary: string } & Record<string, Json>;

/**
 * One side effect outside the stack. A runner may be killed before or after it and calls it again, so it finds what it
 * had made by the change's id before it makes it.
 * @returns what the record keeps, with a line for people: never a secret's value
 * @throws Refusal where it can't be done: the step has failed
 */
export type Task = (context: TaskContext) => Promise<TaskResult>;
