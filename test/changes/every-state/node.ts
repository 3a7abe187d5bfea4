import type { Plan } from "../../../infra/changes/plan.ts";
import { interruptedMove, type Progress } from "../../../infra/changes/progress.ts";
import type { ChangeEvent } from "../../../infra/changes/record/events.ts";
import { type ReleaseState, stateHash } from "../../../infra/releases.ts";

/** What a runner that dies leaves to the next one: the record, the stack, what tasks have made outside, and the time. */
export interface Node {
  events: readonly ChangeEvent[];
  /** folded from the events */
  progress: Progress;
  state: ReleaseState;
  outside: ReadonlySet<string>;
  /** the releases whose pods were read back as ready */
  ready: ReadonlySet<string>;
  time: number;
}

/** Older than this, in milliseconds, is as old as anything: every wait of the plans is shorter. */
const LONG_AGO = 200;

const ageOf = (time: number, at: number | null): number | null => (at === null ? null : Math.min(time - at, LONG_AGO));
const hashOf = (state: ReleaseState | null): string | null => (state === null ? null : stateHash(state));

/** All of a node that what comes next depends on, as text: what isn't told apart here is one state. */
export function keyOf(plan: Plan, { events, progress, state, outside, ready, time }: Node): string {
  const { updating, round, finishedAt, engines: _engines, seq: _seq, results, ...rest } = progress;
  const last = events.findLast(({ type }) => type === "telling" || type === "announced")?.type ?? null;
  return JSON.stringify([
    stateHash(state),
    [...outside].sort(),
    [...ready].sort(),
    {
      ...rest,
      memory: Object.keys(rest.memory).length > 0,
      results: Object.keys(results).sort(),
      startedAt: rest.startedAt !== null,
      settledAt: ageOf(time, rest.settledAt),
      restoredAt: ageOf(time, rest.restoredAt),
      failure: rest.failure !== null,
      state: hashOf(rest.state),
      foothold: hashOf(rest.foothold),
      updating: updating === null ? null : [updating.from, stateHash(updating.to)],
      round: round === null ? null : [round.answer, ageOf(time, round.at)],
      finishedAt: plan.steps
        .slice(progress.stepIndex)
        .map(({ due }) => due && ageOf(time, finishedAt[due.after] ?? null)),
    },
    last,
    interruptedMove(events)?.step ?? null,
  ]);
}
