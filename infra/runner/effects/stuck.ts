import type { Step } from "../../change/plan.ts";
import type { ReleaseState } from "../../domain/releases.ts";
import { needsPerson, type Refusal } from "../../errors.ts";
import type { Run } from "../effect.ts";
import { knownState } from "./known-state.ts";

/** Says what stands where and gives up: a person is needed, and nothing is tried over and over. */
export async function stuck(
  { session, journal }: Pick<Run, "session" | "journal">,
  step: string | null,
  what: string,
  current: ReleaseState,
  problems: readonly string[],
): Promise<Refusal> {
  const stands = current.releases
    .map(({ id, manifest, weight }) => `${manifest.version} (${id}) ${weight} %`)
    .join(", ");
  const call = `${session.onCall} is needed: ${what} failed; the stack's last known weights: ${stands}`;
  await journal.write("stuck", step, { what, stands, problems: [...problems] });
  await session.writePages(journal.change, journal.events());
  return needsPerson(call, ...problems, `when the cause is fixed: runbook resume --stack ${session.stack.name}`);
}

/** Gives a step up that can't be taken back. */
export function stuckAt(run: Run, { name, title }: Step, problems: readonly string[]): Promise<Refusal> {
  return stuck(run, name, `"${title}"`, knownState(run), problems);
}

/**
 * Records that a step has failed, so that the change goes back.
 * @throws Refusal (exit 70) where the step can't be taken back
 */
export async function failStep(run: Run, step: Step, reason: string, problems: readonly string[]): Promise<void> {
  if (step.onFailure === "stop") throw await stuckAt(run, step, problems);
  run.session.reporter.problems([...problems]);
  await run.journal.write("failed", step.name, { reason, problems: [...problems] });
}
