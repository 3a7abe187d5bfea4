import type { Effect } from "../effect.ts";
import { perform } from "./task.ts";

/** A look while a step isn't due yet: what it came to is kept for the next one and for the step. One that fails leaves what was known. */
export const sampleStep: Effect<"sample"> = async (run, { step, task }) => {
  const { journal } = run;
  const done = await perform(run, step, task);
  const { sample } = journal.progress();
  const data =
    "result" in done
      ? { summary: done.result.summary, result: done.result }
      : { summary: done.problems.join("; "), result: sample?.result ?? null };
  await journal.write("sampled", step.name, { task, ...data });
  return null;
};
