import type { Release, ReleaseState } from "./releases.ts";

/** How many pods of a release are to stand at least: what the settings say, or while a change is open what its traffic asks for (pure). */
export function leastPods(
  { floors }: Pick<ReleaseState, "floors">,
  { id, scale }: Pick<Release, "id" | "scale">,
): number {
  return Math.min(scale.max, Math.max(scale.min, floors[id] ?? 0));
}

/** What the pods of an open change are sized by. */
export interface Traffic {
  /** how many pods stood for all of the traffic */
  podsForAll: number;
  /** the state after the next move of weight: its pods are ready before the weight comes; null where none is to come */
  next: Pick<ReleaseState, "releases"> | null;
  /** the state that a failure goes back to: all weight may come back to its releases in one update */
  back: Pick<ReleaseState, "releases">;
}

/**
 * The state with a floor under the pods of each release, by the largest share of the traffic that it has, is about to get, or may get back
 * (pure). Once no change is open, the settings and the autoscaler alone decide.
 */
export function withCapacity(state: ReleaseState, { podsForAll, next, back }: Traffic): ReleaseState {
  if (state.change === null) return withoutFloors(state);
  const weightIn = (of: Pick<ReleaseState, "releases"> | null, id: string) =>
    of?.releases.find((release) => release.id === id)?.weight ?? 0;
  const floors = state.releases.flatMap(({ id, weight, scale }) => {
    const share = Math.max(weight, weightIn(next, id), weightIn(back, id));
    const pods = Math.min(scale.max, Math.ceil((podsForAll * share) / 100));
    return pods > scale.min ? [[id, pods] as const] : [];
  });
  return { ...state, floors: Object.fromEntries(floors) };
}

/** The state as it is when no change is open (pure). */
export function withoutFloors(state: ReleaseState): ReleaseState {
  return Object.keys(state.floors).length === 0 ? state : { ...state, floors: {} };
}
