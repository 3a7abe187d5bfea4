import type { Action } from "../change/decide.ts";
import type { Plan } from "../change/plan.ts";
import type { Desired } from "../domain/releases.ts";
import type { Exit } from "../errors.ts";
import type { Outcome } from "../stack/stack.ts";
import type { Journal } from "./journal.ts";
import type { RunnerSession } from "./session.ts";

/** A change that is being run. */
export interface Run<Session extends RunnerSession = RunnerSession> {
  session: Session;
  journal: Journal;
  plan: Plan;
  /** fires when the runner is told to leave */
  signal: AbortSignal;
  /** whether to stay through long waits, or to leave with 75 and be resumed where nothing has to be watched */
  whenWaiting: "stay" | "leave";
  /** what judges the next move while the step before it bakes; left out where nothing does */
  ahead?: Ahead;
}

/** How a run of the runner ended; `resumeAt` (milliseconds) where the change waits. */
export interface RunResult {
  exit: Exit;
  resumeAt: number | null;
}

/** Does an action and records what it came to. Answers how the run ends; null where the next action is to be decided. */
export type Effect<Kind extends Action["kind"]> = (run: Run, action: Action<Kind>) => Promise<RunResult | null>;

/** The next move, judged while the step before it bakes. It is in the runner's memory alone: one that takes over judges anew. */
export interface Ahead {
  /** Begins to judge what is expected to come next, unless that is being judged already. */
  begin(run: Pick<Run, "journal" | "plan">): void;
  /** The judgement of exactly this move, where all that it depends on is still the same; else null. Nothing is kept any more. */
  take(desired: Desired, issued: string | null): Promise<Outcome | null>;
  /** Ends what is being judged: it would take the machine's time from what matters now. */
  drop(): void;
}
