import type { Step } from "../../change/plan.ts";
import type { TaskName } from "../../change/task-names.ts";
import { Refusal } from "../../errors.ts";
import type { TaskResult } from "../../runbooks/task.ts";
import type { Effect, Run } from "../effect.ts";
import { knownState } from "./known-state.ts";
import { sending } from "./own-requests.ts";
import { failStep, stuck } from "./stuck.ts";

type Done = { result: TaskResult } | { problems: string[] };

/** Does a task of a change: what it came to, or why it refused. */
export async function perform(run: Run, step: Step | null, task: TaskName): Promise<Done> {
  const { session, journal, plan, signal } = run;
  try {
    const { results, finishedAt, startedAt, sample } = journal.progress();
    const now = session.clock.now();
    const kept = { results, finishedAt, sample: sample?.result ?? null };
    const context = { change: journal.change, plan, step, state: knownState(run), signal, ...kept };
    return { result: await session.tasks[task]({ ...context, startedAt: startedAt ?? now, now }) };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { problems: error.problems };
  }
}

/** Does the step's task and records what it came to; a refusal is the step's failure. */
export const taskStep: Effect<"task"> = async (run, { step, task }) => {
  const done = await sending(run, step.name, () => perform(run, step, task));
  if ("result" in done) await run.journal.write("task-done", step.name, { task, result: done.result });
  else await failStep(run, step, `"${step.title}" failed: ${done.problems[0] ?? task}`, done.problems);
  return null;
};

/** Undoes what the tasks have done, once the stack is back; where that fails, a person is needed and `resume` tries again. */
export const undo: Effect<"undo"> = async (run, { task }) => {
  const done = await sending(run, null, () => perform(run, null, task));
  if ("problems" in done) {
    throw await stuck(run, null, "undoing the work outside the stack", knownState(run), done.problems);
  }
  await run.journal.write("undone", null, { task, result: done.result });
  return null;
};
