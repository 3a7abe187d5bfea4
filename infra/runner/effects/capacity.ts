import type { Plan, Step } from "../../change/plan.ts";
import { withCapacity } from "../../domain/capacity.ts";
import { type ReleaseState, stableRelease } from "../../domain/releases.ts";
import type { Journal } from "../journal.ts";
import type { RunnerSession } from "../session.ts";
import { returnPoint } from "./standing.ts";

/** The state after the next move of weight behind a step; null where none is to come (pure). */
function nextShift(plan: Plan, step: Step, from: ReleaseState): ReleaseState | null {
  let state = from;
  for (const later of plan.steps.slice(plan.steps.indexOf(step) + 1)) {
    if (later.touches !== "nothing") state = later.move(state);
    if (later.touches === "weights") return state;
  }
  return null;
}

/** How many pods stand for all of the traffic: looked up while one release has it, and never less than before in this change. */
async function standingFor(session: RunnerSession, journal: Journal, step: Step, back: ReleaseState): Promise<number> {
  const { id } = stableRelease(back);
  const pods = await session.standing?.(id);
  if (pods !== undefined && pods > journal.progress().standing) {
    await journal.write("standing", step.name, { release: id, pods });
  }
  return journal.progress().standing;
}

/** A step's move, with enough pods for the traffic that each release has, gets next, or may get back. */
export async function sizedMove(
  session: RunnerSession,
  journal: Journal,
  plan: Plan,
  step: Step,
  known: ReleaseState,
): Promise<ReleaseState> {
  if (step.move(known).change === null) return expectedMove(journal, plan, step, known);
  const standing = await standingFor(session, journal, step, returnPoint(journal, plan));
  return withRoom(journal, plan, step, { known, standing });
}

/** What `sizedMove` is expected to come to, with the pods that are known to stand: nobody is asked (pure, but for the journal). */
export function expectedMove(journal: Journal, plan: Plan, step: Step, known: ReleaseState): ReleaseState {
  return withRoom(journal, plan, step, { known, standing: journal.progress().standing });
}

function withRoom(
  journal: Journal,
  plan: Plan,
  step: Step,
  { known, standing }: { known: ReleaseState; standing: number },
): ReleaseState {
  const to = step.move(known);
  if (to.change === null) return withCapacity(to, { standing: 0, next: null, back: to });
  return withCapacity(to, { standing, next: nextShift(plan, step, to), back: returnPoint(journal, plan) });
}
