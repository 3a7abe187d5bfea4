import { type LearntAlarm, withAlarms } from "../../domain/alarm.ts";
import {
  type Release,
  type ReleaseState,
  releaseId,
  stableRelease,
  withoutJobs,
  withoutRelease,
  withRelease,
} from "../../domain/releases.ts";
import { type Actor, held } from "../moves.ts";

const LOUD = "debug";

/** Names a pod that is to be replaced. */
export function restart(state: ReleaseState, pod: { pod: string; release: string }, actor: Actor): ReleaseState {
  if (state.restarts.some((known) => known.pod === pod.pod)) return state;
  const { change, onCall } = actor;
  return { ...held(state, actor), restarts: [...state.restarts, { ...pod, change, onCall }] };
}

/** The release that serves, with everything logged: its own bundle, since nothing of a release changes in place. */
function debugCopyOf(release: Release, actor: Actor): Release {
  const configuration = { ...release.configuration, LOG_LEVEL: LOUD };
  const id = releaseId(release.manifest, configuration, release.secrets);
  const { change, onCall } = actor;
  return { ...release, id, configuration, weight: 0, change, onCall, passed: null };
}

/** Whether there is anything more to log. */
export function canLogMore(state: ReleaseState): boolean {
  return state.debugCopy === null && stableRelease(state).configuration.LOG_LEVEL !== LOUD;
}

/**
 * Adds a copy of what serves that logs everything. It has no weight, so no user's request depends on it, and no pod that
 * serves is touched; it is reached by its id. @param until milliseconds since the epoch
 */
export function logMore(state: ReleaseState, until: number, actor: Actor): ReleaseState {
  const serving = stableRelease(state);
  const copy = debugCopyOf(serving, actor);
  const next = withRelease(held(state, actor), copy);
  return { ...next, debugCopy: { copy: copy.id, of: serving.id, until } };
}

/** Takes the copy away again: what is left logs as before. */
export function logAsBefore(state: ReleaseState, actor: Actor): ReleaseState {
  if (state.debugCopy === null) return state;
  return { ...withoutRelease(held(state, actor), state.debugCopy.copy), debugCopy: null };
}

/** Lets the stack go, with the alarms that would have caught the incident. */
export function finish(state: ReleaseState, alarms: readonly LearntAlarm[]): ReleaseState {
  return { ...withoutJobs(state), restarts: [], alarms: withAlarms(state.alarms, alarms), change: null };
}
