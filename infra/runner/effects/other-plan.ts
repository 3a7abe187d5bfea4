import { weightsOf } from "../../domain/releases.ts";
import type { Refusal } from "../../errors.ts";
import type { ChangeEvent } from "../../records/events.ts";
import { openedIn } from "../../records/opened.ts";
import { weightsInWords } from "../../reports/render/describe.ts";
import { dataOf } from "../../reports/render/event-data.ts";
import type { Run } from "../effect.ts";
import { callPerson } from "./call.ts";

const WHAT = "continuing the change with this program";

/** Whether an event says that a program made another plan of the change than the one that it began with (pure). */
export function saysOtherPlan(event: ChangeEvent): boolean {
  return dataOf("stuck", event)?.what === WHAT;
}

/**
 * Records that this program may not go on with a change, once however often it tries, so that whoever follows the change is told; where
 * the change has moved weights, whoever is on call is called: nobody looks at its release any more.
 * @param differs why it may not
 */
export async function recordOtherPlan(
  { session, journal }: Pick<Run, "session" | "journal">,
  differs: Refusal,
): Promise<void> {
  const events = journal.events();
  const { runbook = "change", release } = openedIn(events[0]?.data);
  const { weightsTouched, state } = journal.progress();
  const stands = state === null ? "unknown" : weightsInWords(weightsOf(state));
  const [problem = "", ...remedies] = differs.problems;
  const why = "this program makes another plan of it than the one that it began with";
  const call = { step: null, what: WHAT, why, stands, problems: [problem], remedy: remedies.join("; ") };
  const plan = { runbook, release: { id: release?.id ?? "unknown" } };
  const last = events.at(-1);
  const isSaid = last !== undefined && saysOtherPlan(last);
  const called = weightsTouched ? await callPerson({ session, journal, plan }, call) : {};
  if (isSaid && Object.keys(called).length === 0) return;
  await journal.write("stuck", null, { what: WHAT, stands, problems: [...differs.problems], ...called });
}
