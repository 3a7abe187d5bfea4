import { EXIT, needsPerson, Refusal } from "../errors.ts";
import type { Journal } from "./journal.ts";

/**
 * What a runner couldn't go on for (pure). In the middle of a change, where the cluster or the stack can't be read any more, nothing is
 * refused "before anything was changed": the change stands, with 70, until somebody resumes it.
 */
export function midway(error: unknown, stack: string, journal: Pick<Journal, "change" | "progress">): unknown {
  if (!(error instanceof Refusal) || error.exit !== EXIT.refused) return error;
  const { stackTouched, closed } = journal.progress();
  if (!stackTouched || closed !== null) return error;
  const remedy = `${journal.change} is where it was: once that is fixed, run \`runbook resume --stack ${stack}\``;
  return needsPerson(...error.problems, remedy);
}
