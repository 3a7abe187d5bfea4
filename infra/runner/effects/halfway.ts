import { formatDuration } from "../../domain/durations.ts";
import { MOVED_BY_ROTATIONS } from "../../stack/credentials.ts";
import type { Run } from "../effect.ts";
import { terminating } from "./leftovers.ts";

/** How long the cluster has to remove what an interrupted update had begun to delete, in milliseconds: pods end within their grace. */
const GONE_WITHIN = 5 * 60_000;
const LOOK_EVERY = 500;

/**
 * The types of what is read again after an interrupted update, whether it had begun with it or not. In a rotation labels move without the
 * state, and can't be taken off a version that has them no more; a user that is being changed takes no second change.
 */
export function readAnyway({ plan }: Pick<Run, "plan">): readonly string[] {
  return plan.rotation === undefined ? [] : MOVED_BY_ROTATIONS;
}

/**
 * Waits until what an interrupted update had begun to delete is gone from the cluster. A deletion can't be taken back: an update that found
 * the object still there would keep it, and its release would have no pods a moment later.
 * @returns what is still being deleted, in words; empty where nothing is, or where the cluster doesn't tell
 */
export async function awaitDeletions(run: Run): Promise<string[]> {
  const { clock } = run.session;
  const until = clock.now() + GONE_WITHIN;
  for (;;) {
    const left = await terminating(run);
    if (left.length === 0) return [];
    if (clock.now() >= until) {
      const since = formatDuration(GONE_WITHIN);
      return left.map(
        ({ resource, name }) => `${resource}/${name} is still being deleted after ${since}: see its finalizers`,
      );
    }
    await clock.sleepUntil(clock.now() + LOOK_EVERY, new AbortController().signal);
  }
}
