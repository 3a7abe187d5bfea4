import { z } from "zod";
import type { Step } from "../../change/plan.ts";
import type { ReleaseState } from "../../domain/releases.ts";
import { needsPerson, type Refusal } from "../../errors.ts";
import type { EventType } from "../../records/events.ts";
import type { Run } from "../effect.ts";
import { callPerson } from "./call.ts";
import { knownState } from "./known-state.ts";

/** Says what stands where, calls whoever is on call, and gives up: a person is needed, and nothing is tried over and over. */
export async function stuck(
  run: Pick<Run, "session" | "journal" | "plan">,
  step: string | null,
  what: string,
  current: ReleaseState,
  problems: readonly string[],
): Promise<Refusal> {
  const { session, journal } = run;
  const stands = current.releases
    .map(({ id, manifest, weight }) => `${manifest.version} (${id}) ${weight} %`)
    .join(", ");
  const { stack, onCall } = session;
  const remedy = `when the cause is fixed: runbook resume --stack ${stack.name}`;
  const called = await callPerson(run, { step, what, why: `${what} failed`, stands, problems, remedy });
  await journal.write("stuck", step, { what, stands, problems: [...problems], ...called });
  await session.writePages(journal.change, journal.events());
  const asked = `${onCall} is needed: ${what} failed; the stack's last known weights: ${stands}`;
  return needsPerson(asked, ...recordedIn(journal, "stuck"), remedy);
}

const problemsData = z.looseObject({ problems: z.array(z.string()) });

/** The problems of the last event of a type as they were recorded: what is printed of them holds no secret either. */
function recordedIn(journal: Run["journal"], type: EventType): string[] {
  return problemsData.parse(journal.events().findLast((event) => event.type === type)?.data).problems;
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
  const { journal, session } = run;
  await journal.write("failed", step.name, { reason, problems: [...problems] });
  session.reporter.problems(recordedIn(journal, "failed"));
}
