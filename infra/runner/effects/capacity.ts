import type { Plan, Step } from "../../change/plan.ts";
import { withCapacity } from "../../domain/capacity.ts";
import { type ReleaseState, stableRelease } from "../../domain/releases.ts";
import type { Run } from "../effect.ts";
import { returnPoint } from "./known-state.ts";

type Planned = Pick<Run, "journal" | "plan">;

/** The state after the next move of weight behind a step; null where none is to come (pure). */
function nextShift(plan: Plan, step: Step, from: ReleaseState): ReleaseState | null {
  let state = from;
  for (const later of plan.steps.slice(plan.steps.indexOf(step) + 1)) {
    if (later.touches !== "nothing") state = later.move(state);
    if (later.touches === "weights") return state;
  }
  return null;
}

/**
 * How many pods stand for all of the traffic: those that the release which had it is asked to have, looked up before each move. The
 * most that was seen in this change counts: the release may have fewer once it shares the traffic.
 */
async function countPodsForAll(run: Run, step: Step): Promise<number> {
  const { session, journal } = run;
  const { id } = stableRelease(returnPoint(run));
  const pods = await session.desiredPods?.(id);
  if (pods !== undefined && pods > journal.progress().podsForAll) {
    await journal.write("standing", step.name, { release: id, pods });
  }
  return journal.progress().podsForAll;
}

/** A step's move, with enough pods for the traffic that each release has, gets next, or may get back. */
export async function sizedMove(run: Run, step: Step, known: ReleaseState): Promise<ReleaseState> {
  if (step.move(known).change === null) return expectedMove(run, step, known);
  return withRoom(run, step, known, await countPodsForAll(run, step));
}

/** What `sizedMove` is expected to come to, with the pods that are known to stand: nobody is asked (pure, but for the journal). */
export function expectedMove(run: Planned, step: Step, known: ReleaseState): ReleaseState {
  return withRoom(run, step, known, run.journal.progress().podsForAll);
}

function withRoom(run: Planned, step: Step, known: ReleaseState, podsForAll: number): ReleaseState {
  const to = step.move(known);
  if (to.change === null) return withCapacity(to, { podsForAll: 0, next: null, back: to });
  return withCapacity(to, { podsForAll, next: nextShift(run.plan, step, to), back: returnPoint(run) });
}
