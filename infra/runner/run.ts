import { type Action, decide, isWatched } from "../change/decide.ts";
import { EXIT } from "../errors.ts";
import type { Effect, Run, RunResult } from "./effect.ts";
import { announceStep } from "./effects/announce.ts";
import { clean } from "./effects/clean.ts";
import { countStep } from "./effects/count.ts";
import { closeAs, dismiss, hasEnded } from "./effects/end.ts";
import { observeGates } from "./effects/gates.ts";
import { judgeAhead } from "./effects/judge-ahead.ts";
import { readBackStep } from "./effects/read-back.ts";
import { restore } from "./effects/restore.ts";
import { sampleStep } from "./effects/sample.ts";
import { fail, finish, settle, start, stop } from "./effects/step.ts";
import { taskStep, undo } from "./effects/task.ts";
import { updateStep } from "./effects/update.ts";
import { awaitApproval, wait } from "./effects/wait.ts";
import { heedCallOff } from "./heed-call-off.ts";
import { midway } from "./midway.ts";

/** What is done for each kind of action. */
const EFFECTS: { readonly [Kind in Action["kind"]]: Effect<Kind> } = {
  "await-approval": awaitApproval,
  dismiss,
  start,
  update: updateStep,
  task: taskStep,
  undo,
  "read-back": readBackStep,
  settle,
  sample: sampleStep,
  gates: observeGates,
  count: countStep,
  finish,
  wait,
  fail,
  stop,
  announce: announceStep,
  restore,
  clean,
  close: closeAs,
  nothing: hasEnded,
};

/** Runs a change as far as it can go now. Every effect is recorded before the next is decided. */
export async function run(change: Omit<Run, "ahead">): Promise<RunResult> {
  const { session, journal, signal } = change;
  const ahead = judgeAhead(session.stack);
  try {
    return await decideAndDo({ ...change, ahead });
  } catch (error) {
    if (!signal.aborted || error !== signal.reason) throw midway(error, session.stack.name, journal);
    return { exit: EXIT.waiting, resumeAt: session.clock.now() };
  } finally {
    ahead.drop();
  }
}

async function decideAndDo(run: Run): Promise<RunResult> {
  const { session, journal, plan, signal } = run;
  const { clock, reporter } = session;
  while (!signal.aborted) {
    await heedCallOff(run);
    const progress = journal.progress();
    // Whether a change may begin is told by the calendar; from there on times are compared with those of its record.
    const ahead = progress.stackTouched ? journal.ahead() : 0;
    const now = clock.now() + ahead;
    const decided = decide(plan, progress, now);
    reporter.tick({ plan, progress, action: decided, now, scale: clock.scale });
    const action = byTheClock(decided, ahead);
    judgeNext(run, action);
    const ended = await perform(run, action);
    if (ended !== null) return ended;
  }
  return { exit: EXIT.waiting, resumeAt: clock.now() };
}

/** An action whose times are the clock's, where the record's time is ahead of it (pure). */
function byTheClock(action: Action, ahead: number): Action {
  switch (action.kind) {
    case "wait":
      return { ...action, until: action.until - ahead, leaveUntil: action.leaveUntil - ahead };
    case "await-approval":
      return { ...action, until: action.until - ahead };
    default:
      return action;
  }
}

function perform<Kind extends Action["kind"]>(run: Run, action: Action<Kind>): Promise<RunResult | null> {
  return EFFECTS[action.kind](run, action);
}

/** Judges the next move while the runner has time for it; on the way back nothing is to come. */
function judgeNext(run: Run, action: Action): void {
  if (run.journal.progress().failure !== null) run.ahead?.drop();
  else if (staysFor(run, action)) run.ahead?.begin(run);
}

/** What a runner that stays has time for while it waits. */
const WAITING = new Set<Action["kind"]>(["gates", "count", "wait"]);

/** Whether the runner will still be here when the next move is made, as far as it can tell (pure, but for the journal). */
function staysFor({ plan, journal, whenWaiting }: Run, { kind }: Action): boolean {
  const { stepIndex, settledAt, startedAt } = journal.progress();
  const step = plan.steps[stepIndex];
  if (!WAITING.has(kind) || step === undefined || (startedAt !== null && settledAt === null)) return false;
  return whenWaiting === "stay" || (startedAt !== null && isWatched(step));
}
