import { type ReleaseState, stateHash, weightsOf, withoutJobs } from "../../domain/releases.ts";
import type { Run } from "../effect.ts";
import { heldUp, type Move, recordedUpdate } from "./recorded-update.ts";
import { stuck } from "./stuck.ts";

/**
 * The weights of before the change on the releases of now: the quick way back, no pod starts or stops (pure). Where a
 * release that had traffic is gone already, it is made again.
 */
export function backToBaseWeights(current: ReleaseState, base: ReleaseState): ReleaseState {
  const weights = weightsOf(base);
  const there = new Set(current.releases.map(({ id }) => id));
  if (base.releases.some(({ id, weight }) => weight > 0 && !there.has(id))) return backToBase(current, base);
  return {
    ...current,
    releases: current.releases.map((release) => ({ ...release, weight: weights[release.id] ?? 0 })),
    route: base.route,
  };
}

/** The state of before the change; what was applied to the database stays noted, and no Job of then comes back (pure). */
export function backToBase(current: ReleaseState, base: ReleaseState): ReleaseState {
  return { ...withoutJobs(base), schema: current.schema };
}

/** Makes an update of the way back. @throws Refusal (exit 4 or 70) where it can't be made */
export async function mustUpdate(
  run: Run,
  what: string,
  current: ReleaseState,
  { to, touches }: Pick<Move, "to" | "touches">,
): Promise<void> {
  const outcome = await recordedUpdate(run, null, { from: stateHash(current), to, touches });
  if (outcome.kind === "locked" || outcome.kind === "moved") throw await heldUp(run, outcome);
  if (outcome.kind !== "done") throw await stuck(run, null, what, current, outcome.problems);
}
