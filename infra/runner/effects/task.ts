import type { Plan, Step } from "../../change/plan.ts";
import type { TaskName } from "../../change/task-names.ts";
import { Refusal } from "../../errors.ts";
import type { TaskContext, TaskResult } from "../../runbooks/task.ts";
import type { Journal } from "../journal.ts";
import type { RunnerSession } from "../session.ts";
import { sending } from "./own-requests.ts";
import { knownState } from "./standing.ts";
import { stuck } from "./stuck.ts";

type Done = { result: TaskResult } | { problems: string[] };

async function perform(
  session: RunnerSession,
  task: TaskName,
  context: Omit<TaskContext, "now" | "results" | "startedAt">,
  journal: Journal,
): Promise<Done> {
  try {
    const { results, startedAt } = journal.progress();
    const now = session.clock.now();
    return { result: await session.tasks[task]({ ...context, results, startedAt: startedAt ?? now, now }) };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { problems: error.problems };
  }
}

/** Does the step's task and records what it came to; a refusal is the step's failure. */
export async function taskStep(
  session: RunnerSession,
  journal: Journal,
  plan: Plan,
  step: Step,
  task: TaskName,
  signal: AbortSignal,
): Promise<void> {
  const state = knownState(journal, plan);
  const context = { change: journal.change, plan, step, state, signal };
  const done = await sending(session, journal, step.name, () => perform(session, task, context, journal));
  if ("result" in done) return journal.write("task-done", step.name, { task, result: done.result });
  if (step.onFailure === "stop") {
    throw await stuck(session, journal, step.name, `"${step.title}"`, state, done.problems);
  }
  session.reporter.problems(done.problems);
  await journal.write("failed", step.name, {
    reason: `"${step.title}" failed: ${done.problems[0] ?? task}`,
    problems: done.problems,
  });
}

/** Undoes what the tasks have done, once the stack is back; where that fails, a person is needed and `resume` tries again. */
export async function undo(
  session: RunnerSession,
  journal: Journal,
  plan: Plan,
  task: TaskName,
  signal: AbortSignal,
): Promise<void> {
  const state = knownState(journal, plan);
  const context = { change: journal.change, plan, step: null, state, signal };
  const done = await sending(session, journal, null, () => perform(session, task, context, journal));
  if ("result" in done) return journal.write("undone", null, { task, result: done.result });
  throw await stuck(session, journal, null, "undoing what stands outside the stack", state, done.problems);
}
