import { admittance } from "../admission/admission.ts";
import { countedOf } from "../gates/counted.ts";
import type { GateName } from "../gates/index.ts";
import { watchedFor } from "./at-work.ts";
import { pauseAfter } from "./pace.ts";
import type { Plan, Sampling, Step } from "./plan.ts";
import type { Progress, Round } from "./progress.ts";
import type { TaskName } from "./task-names.ts";

/** What each kind of action carries. Times are milliseconds since the epoch. */
interface Actions {
  /** others must agree first, until then nobody stays */
  "await-approval": { until: number; why: string };
  /** the change may not begin any more: it ends with nothing changed */
  dismiss: { why: string };
  start: { step: Step };
  update: { step: Step };
  task: { step: Step; task: TaskName };
  undo: { task: TaskName };
  "read-back": { step: Step };
  settle: { step: Step };
  gates: { step: Step };
  /** a reading for a step that isn't due before `leaveUntil` */
  sample: { step: Step; task: TaskName; leaveUntil: number; why: string };
  /** a look at what is counted alone */
  count: { step: Step; gates: readonly GateName[] };
  finish: { step: Step };
  /**
   * nothing to do before `until`; a runner that needn't stay may leave until `leaveUntil`, where `mayLeave` says so: nobody looks
   * away while a release that hasn't passed has users
   */
  wait: { step: Step | null; until: number; leaveUntil: number; mayLeave: boolean; why: string };
  fail: { step: Step; reason: string };
  /** a step that can't be taken back has failed: a person is needed, and `resume` tries it again */
  stop: { step: Step; reason: string };
  announce: { step: Step };
  restore: object;
  clean: object;
  close: { outcome: "done" | "restored" };
  nothing: object;
}

/** The next thing to do for a change, or one of the kinds named. */
export type Action<Kind extends keyof Actions = keyof Actions> = {
  [Each in Kind]: { kind: Each } & Actions[Each];
}[Kind];

/**
 * The runner's transition function: where the change stands and the time in, the next effect out.
 * It is pure, so a runner that was killed and one that was not do the same from the same record.
 */
export function decide(plan: Plan, progress: Progress, now: number): Action {
  if (progress.closed !== null) return { kind: "nothing" };
  if (progress.failure !== null) return decideReturn(plan, progress, now);
  const step = plan.steps[progress.stepIndex];
  if (step === undefined) return { kind: "close", outcome: "done" };
  if (progress.startedAt === null) return decideAdmission(progress, now) ?? decideStart(plan, step, progress, now);
  if (hasFailed(step, progress)) return { kind: failing(step), step, reason: `a gate failed at "${step.title}"` };
  if (step.touches !== "nothing" && !progress.updated) return decideUpdate(step, progress);
  if (step.task !== null && !progress.tasked) return { kind: "task", step, task: step.task };
  if (step.tells === "everyone" && !progress.announced) return { kind: "announce", step };
  if (progress.settledAt === null) return { kind: step.touches === "nothing" ? "settle" : "read-back", step };
  return decideGates(plan, step, progress, progress.settledAt, now);
}

/** Until when nothing of a change is due; null where something is (pure). */
export function awaitedBy(action: Action): number | null {
  if (action.kind === "wait" || action.kind === "sample") return action.leaveUntil;
  return action.kind === "await-approval" ? action.until : null;
}

/** Whether a step that can't be taken back has begun: from there on the change only goes forward (pure). */
export function isOneWay(plan: Plan, progress: Progress): boolean {
  const begun = progress.startedAt === null ? progress.stepIndex : progress.stepIndex + 1;
  return plan.steps.slice(0, begun).some(({ onFailure }) => onFailure === "stop");
}

/** Whether a release that hasn't passed has users in a step: one that moves weight ends when what it moved to has passed (pure). */
export function isWatched({ touches }: Pick<Step, "touches">): boolean {
  return touches === "weights";
}

/** Whether a step has baked and lacks nothing but users: then a person may pass it, and no runner stays (pure). */
export function waitsForPerson({ bakeFor }: Pick<Step, "bakeFor">, { round, settledAt }: Progress): boolean {
  return round?.waitsFor === "person" && settledAt !== null && round.at >= settledAt + bakeFor;
}

/** Whether the gates have held for all of their time: that in which somebody looked, after the bake and after a person was last waited for. */
function isTimeUp({ timing }: Plan, { atWork, waitedAt }: Progress, round: Round, bakedAt: number): boolean {
  const from = Math.max(bakedAt, waitedAt ?? bakedAt);
  return watchedFor(atWork, timing.interval, from, round.at) >= timing.gateTimeout;
}

/** What stands before the first step, or null where nothing does; later steps are never held up by it. */
function decideAdmission({ admission, approvals, stepIndex, stackTouched }: Progress, now: number): Action | null {
  if (admission === null || stepIndex > 0 || stackTouched) return null;
  const answer = admittance(admission, approvals, now);
  switch (answer.kind) {
    case "admitted":
      return null;
    case "approval":
      return {
        kind: "await-approval",
        until: answer.until,
        why: `${answer.missing} of ${admission.quorum} approvals are missing`,
      };
    case "closed":
      if (answer.until === null) return { kind: "dismiss", why: answer.why };
      return freeUntil(answer.until, answer.why);
    case "expired":
      return { kind: "dismiss", why: answer.why };
  }
}

/** A wait outside of the steps: nobody has to look at anything meanwhile. */
function freeUntil(until: number, why: string): Action {
  return { kind: "wait", step: null, until, leaveUntil: until, mayLeave: true, why };
}

function decideStart(plan: Plan, step: Step, progress: Progress, now: number): Action {
  const { looks, finishedAt, sample } = progress;
  const failed = step.watch.some((name) => looks[name]?.answer === "fail");
  if (failed) return { kind: failing(step), step, reason: `a gate failed before "${step.title}"` };
  if (step.due === null) return { kind: "start", step };
  const until = (finishedAt[step.due.after] ?? now) + step.due.offset;
  if (now >= until) return { kind: "start", step };
  const waiting = { leaveUntil: until, why: `${step.title} is due` };
  const { sampling } = step;
  if (sampling !== null && isSampleDue(sampling, sample, now)) {
    return { kind: "sample", step, task: sampling.task, ...waiting };
  }
  const sampleAt = sampling === null || sample === null ? until : sample.at + sampling.every;
  const lookedAt = Math.min(...step.watch.map((name) => looks[name]?.at ?? Number.NEGATIVE_INFINITY));
  if (step.watch.length > 0 && now < lookedAt) return { kind: "count", step, gates: step.watch };
  const next = step.watch.length === 0 ? until : Math.min(until, lookedAt + plan.timing.interval);
  if (now >= next) return { kind: "count", step, gates: step.watch };
  return { kind: "wait", step, until: Math.min(next, sampleAt), mayLeave: true, ...waiting };
}

/** Whether a reading is due: there was none yet, the pause is over, or the clock has gone back since. */
function isSampleDue({ every }: Sampling, sample: Progress["sample"], now: number): boolean {
  return sample === null || now >= sample.at + every || now < sample.at;
}

const failing = ({ onFailure }: Step): "stop" | "fail" => (onFailure === "stop" ? "stop" : "fail");

/** Whether a gate has failed since the step began: one is enough, in whichever look. */
function hasFailed({ gates }: Step, { round, looks }: Progress): boolean {
  return round?.answer === "fail" || gates.some((name) => looks[name]?.answer === "fail");
}

/** When what is counted is to be looked at next, where that is more often than the other gates are; else null. */
function nextCount(
  counted: readonly GateName[],
  { looks }: Progress,
  { since, interval, now }: { since: number; interval: number; now: number },
): number | null {
  if (counted.length === 0) return null;
  const lookedAt = Math.min(...counted.map((name) => looks[name]?.at ?? since));
  if (now < lookedAt) return now;
  const pause = pauseAfter(lookedAt - since, interval);
  return pause < interval ? lookedAt + pause : null;
}

/** What is counted is read once before weight moves: what the release does from its first request on counts then. */
function decideUpdate(step: Step, { memory, updating }: Progress): Action {
  const unread = step.touches === "weights" ? countedOf(step.gates).filter((name) => !(name in memory)) : [];
  return unread.length > 0 && updating === null ? { kind: "count", step, gates: unread } : { kind: "update", step };
}

/** A release that only users could judge, and none came: a person's word since it settled passes it; until then each run looks once more. */
function decideAlone(plan: Plan, step: Step, progress: Progress, settledAt: number, now: number): Action | null {
  if (progress.approvals.some(({ at }) => at >= settledAt)) return { kind: "finish", step };
  const until = (progress.round?.at ?? now) + plan.timing.interval;
  if (now >= until) return null;
  return { kind: "await-approval", until, why: `no user sent a request during "${step.title}"` };
}

function decideGates(plan: Plan, step: Step, progress: Progress, settledAt: number, now: number): Action {
  const bakedAt = settledAt + step.bakeFor;
  const mayLeave = !isWatched(step);
  if (step.gates.length === 0) {
    if (now >= bakedAt) return { kind: "finish", step };
    return { kind: "wait", step, until: bakedAt, leaveUntil: bakedAt, mayLeave, why: step.title };
  }
  const { round } = progress;
  // Where the clock was set back, a look of before would stand for as long as that.
  if (round === null || now < round.at) return { kind: "gates", step };
  if (round.answer === "pass" && round.at >= bakedAt) return { kind: "finish", step };
  if (waitsForPerson(step, progress)) {
    const alone = decideAlone(plan, step, progress, settledAt, now);
    if (alone !== null) return alone;
  } else if (isTimeUp(plan, progress, round, bakedAt)) {
    const why = round.holding?.length ? ` (${round.holding.join("; ")})` : "";
    return {
      kind: failing(step),
      step,
      reason: `the gates of "${step.title}" still held when their time was up${why}`,
    };
  }
  const again = round.at + plan.timing.interval;
  const until = round.at < bakedAt ? Math.min(again, bakedAt) : again;
  if (now >= until) return { kind: "gates", step };
  const counted = countedOf(step.gates);
  const next = nextCount(counted, progress, { since: settledAt, interval: plan.timing.interval, now }) ?? until;
  if (now >= next) return { kind: "count", step, gates: counted };
  return {
    kind: "wait",
    step,
    until: Math.min(until, next),
    leaveUntil: Math.max(bakedAt, until),
    mayLeave,
    why: step.title,
  };
}

function decideReturn(plan: Plan, progress: Progress, now: number): Action {
  if (progress.restoredAt === null) return { kind: "restore" };
  if (progress.cleaned) {
    if (plan.undo !== null && !progress.undone) return { kind: "undo", task: plan.undo };
    return { kind: "close", outcome: "restored" };
  }
  const until = progress.restoredAt + (progress.weightsTouched ? plan.timing.drain : 0);
  if (now >= until) return { kind: "clean" };
  return freeUntil(until, "open WebSockets may stay until the drain deadline");
}
