import { watchedFor } from "../../../infra/change/at-work.ts";
import type { Plan } from "../../../infra/change/plan.ts";
import { lastMove, type Progress } from "../../../infra/change/progress.ts";
import { type ReleaseState, stateHash } from "../../../infra/domain/releases.ts";
import { COUNTED } from "../../../infra/gates/counted.ts";
import type { ChangeEvent } from "../../../infra/records/events.ts";
import { calledIn } from "../../../infra/reports/call.ts";
import { dataOf } from "../../../infra/reports/render/event-data.ts";
import type { Situation } from "../../../infra/runbooks/incident/situation.ts";

/** What a runner that dies leaves to the next one: the record, the stack, what tasks have made outside, and the time. */
export interface Node {
  events: readonly ChangeEvent[];
  /** both folded from the events */
  progress: Progress;
  situation: Situation;
  state: ReleaseState;
  outside: ReadonlySet<string>;
  /** the releases whose pods were read back as ready */
  ready: ReadonlySet<string>;
  time: number;
}

/** Older than this, in milliseconds, is as old as anything: every wait of the plans is shorter. */
const LONG_AGO = 200;
/** The longest wait of an incident. */
const PATIENCE = 10;
/** More real writes in a row, or failed updates, than these tell no more. */
const MOST_WRITES = 2;
const MOST_FAILURES = 3;

const ageOf = (time: number, at: number | null, most = LONG_AGO): number | null =>
  at === null ? null : Math.min(time - at, most);
/** The hashes of states that were met: nobody changes a state in place. */
const hashes = new WeakMap<ReleaseState, string>();

function knownHash(state: ReleaseState): string {
  const known = hashes.get(state) ?? stateHash(state);
  hashes.set(state, known);
  return known;
}

/** A state's hash, with what is told by the clock told by what is left of it. */
function hashOf(time: number, state: ReleaseState | null): string | null {
  if (state === null) return null;
  const { debugCopy } = state;
  if (debugCopy === null) return knownHash(state);
  return stateHash({ ...state, debugCopy: { ...debugCopy, until: Math.max(0, debugCopy.until - time) } });
}

/** Of an incident what its next action depends on. */
function situationKey(situation: Situation, time: number) {
  const { openedAt: _openedAt, look, wellSince, lastRestartAt, ...rest } = situation;
  const { failingSince, detectedAt, mitigatedAt: _mitigatedAt, cause, streak, faultless, failures, ...counted } = rest;
  return {
    ...counted,
    look: look && [look.verdict.kind, look.backends, look.failing, ageOf(time, look.at, PATIENCE)],
    wellSince: ageOf(time, wellSince, PATIENCE),
    lastRestartAt: ageOf(time, lastRestartAt, PATIENCE),
    failingSince: Object.entries(failingSince).map(([pod, at]) => [pod, ageOf(time, at, PATIENCE)]),
    detectedAt: ageOf(time, detectedAt, PATIENCE),
    cause: cause?.kind ?? null,
    streak: Math.min(streak, MOST_WRITES),
    faultless: Math.min(faultless, MOST_WRITES),
    failures: Math.min(failures, MOST_FAILURES),
  };
}

/** Of the gaps without a runner what the next decision depends on: since when a step's time at its gates counts, and how much of it nobody looked. */
function watchedKey(plan: Plan, { stepIndex, settledAt, waitedAt, atWork }: Progress, time: number) {
  const step = plan.steps[stepIndex];
  if (step === undefined || settledAt === null) return null;
  const from = Math.max(settledAt + step.bakeFor, waitedAt ?? settledAt);
  const unwatched = time <= from ? 0 : time - from - watchedFor(atWork, plan.timing.interval, from, time);
  return [ageOf(time, from), Math.min(unwatched, LONG_AGO)];
}

/** All of a node that what comes next depends on, as text: what isn't told apart here is one state. */
export function keyOf(plan: Plan, { events, progress, situation, state, outside, ready, time }: Node): string {
  const {
    updating,
    round,
    looks,
    finishedAt,
    engines: _engines,
    seq: _seq,
    results,
    atWork: _atWork,
    waitedAt: _waitedAt,
    ...rest
  } = progress;
  const last = events.findLast(({ type }) => type === "telling" || type === "announced")?.type ?? null;
  const keys = new Set(events.flatMap((event) => dataOf("calling", event)?.key ?? []));
  const calls = [...keys].sort().map((key) => [key, calledIn(events, key, time)]);
  const unmade = lastMove(events);
  return JSON.stringify([
    hashOf(time, state),
    [...outside].sort(),
    [...ready].sort(),
    {
      ...rest,
      memory: Object.keys(rest.memory).length > 0,
      own: rest.own.openSince !== null,
      results: Object.keys(results).sort(),
      startedAt: rest.startedAt !== null,
      settledAt: ageOf(time, rest.settledAt),
      watched: watchedKey(plan, progress, time),
      restoredAt: ageOf(time, rest.restoredAt),
      failure: rest.failure !== null,
      state: hashOf(time, rest.state),
      restorePoint: hashOf(time, rest.restorePoint),
      updating: updating === null ? null : [updating.from === knownHash(state), hashOf(time, updating.to)],
      failed: Object.values(looks).some((look) => look?.answer === "fail"),
      counted: [...COUNTED].map((gate) => ageOf(time, looks[gate]?.at ?? null)),
      round: round === null ? null : [round.answer, ageOf(time, round.at)],
      finishedAt: plan.steps
        .slice(progress.stepIndex)
        .map(({ due }) => due && ageOf(time, finishedAt[due.after] ?? null)),
    },
    last,
    calls,
    plan.runbook === "incident" ? situationKey(situation, time) : null,
    unmade === null ? null : [unmade.step, unmade.ended],
  ]);
}
