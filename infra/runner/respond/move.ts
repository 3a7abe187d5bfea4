import { type ReleaseState, stateHash } from "../../domain/releases.ts";
import type { Run } from "../effect.ts";
import { knownState, ownState } from "../effects/known-state.ts";
import { heldUp, recordedUpdate } from "../effects/recorded-update.ts";

/** The steps of an incident that update the stack. */
export type IncidentStep = "hold" | "log-more" | "log-as-before" | "restart" | "finish";

/**
 * Makes one update of an incident, judged by the policies along with it. One that fails is recorded, and the incident looks
 * again before it tries anything else.
 * @throws Refusal (exit 4 or 70) where somebody else has the stack
 */
export async function move(run: Run, step: IncidentStep, change: (state: ReleaseState) => ReleaseState): Promise<void> {
  const known = knownState(run);
  await make(run, step, { from: stateHash(known), to: change(known) });
}

async function make(run: Run, step: string | null, desired: { from: string; to: ReleaseState }): Promise<void> {
  const how = { ...desired, touches: "bundles", policies: "along" } as const;
  const outcome = await recordedUpdate(run, step, how);
  if (outcome.kind === "done") return;
  if (outcome.kind === "locked" || outcome.kind === "moved") throw await heldUp(run, outcome);
  run.session.reporter.problems(outcome.problems);
  // What the engine had done before it failed is put back, so that the record and the stack agree on where it stands.
  const stands = await ownState(run);
  const back = knownState(run);
  if (outcome.kind === "failed") {
    const again = { from: stateHash(stands), to: back, touches: "bundles", policies: "along" } as const;
    await recordedUpdate(run, "put-back", again);
  }
  await run.journal.write("update-failed", step, { why: outcome.kind, problems: outcome.problems });
}

/** Makes an update once more that a runner died in: the engine completes what is missing. */
export async function completeMove(run: Run): Promise<void> {
  const { journal } = run;
  const { updating } = journal.progress();
  if (updating === null) return;
  const step = journal.events().findLast(({ type }) => type === "updating")?.step ?? null;
  const stands = await ownState(run);
  await make(run, step, { from: stateHash(stands), to: updating.to });
}
