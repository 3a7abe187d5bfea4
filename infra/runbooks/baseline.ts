import type { Step } from "../change/plan.ts";
import { hashOf } from "../domain/canonical-hash.ts";
import { releaseIdOf } from "../domain/release-id.ts";
import { type Release, type ReleaseState, withoutRelease, withRelease, withWeights } from "../domain/releases.ts";
import { type Actor, held, step } from "./moves.ts";

/**
 * A second copy of the stable release, for a canary to be compared with (pure): it starts with the canary and gets the same weight, so that
 * warm-up, caches and the pods' age weigh on both alike.
 */
export function freshCopy(stable: Release, { change, onCall }: Actor): Release {
  const id = releaseIdOf(hashOf({ copyOf: stable.id, change }));
  return { ...stable, id, weight: 0, change, onCall, passed: null };
}

/** Adds the copy at weight 0. */
export function withBaseline(state: ReleaseState, stable: Release, copy: Release): ReleaseState {
  return { ...withRelease(state, copy), baseline: { copy: copy.id, of: stable.id } };
}

/** Moves weight to the release, and as much to the copy as is left for it; the rest stays with the stable one. */
export function shiftBeside(
  { release, stable, copy }: { release: Release; stable: Release; copy: Release },
  weight: number,
  actor: Actor,
): Step["move"] {
  const same = Math.min(weight, 100 - weight);
  const weights = { [stable.id]: 100 - weight - same, [copy.id]: same, [release.id]: weight };
  return (state) => withWeights(held(state, actor), weights, actor);
}

/** Takes the copy away, once the canary has ended. */
export function withoutBaselineStep(copy: Release, actor: Actor): Step {
  return step({
    name: "baseline",
    title: `remove the copy of ${copy.manifest.version} that the canary was compared with`,
    touches: "bundles",
    move: (state) => ({ ...withoutRelease(held(state, actor), copy.id), baseline: null }),
  });
}
