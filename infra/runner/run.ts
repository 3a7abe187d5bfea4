import { type Action, decide, isWatched } from "../change/decide.ts";
import type { Plan, Step } from "../change/plan.ts";
import { EXIT, type Exit } from "../errors.ts";
import { GATE_NAMES } from "../gates/index.ts";
import { announce } from "./effects/announce.ts";
import { count } from "./effects/count.ts";
import { observeGates } from "./effects/gates.ts";
import { heedInvariants } from "./effects/invariants.ts";
import { type Ahead, judgeAhead } from "./effects/judge-ahead.ts";
import { readBackStep } from "./effects/read-back-step.ts";
import { clean, restore } from "./effects/return.ts";
import { knownState } from "./effects/standing.ts";
import { stuck } from "./effects/stuck.ts";
import { taskStep, undo } from "./effects/task.ts";
import { updateStep } from "./effects/update.ts";
import { heedCallOff, waitOrHeed } from "./heed-call-off.ts";
import type { Journal } from "./journal.ts";
import { midway } from "./midway.ts";
import type { RunnerSession } from "./session.ts";

/** How a run of the runner ended; `resumeAt` (milliseconds) where the change waits. */
export interface RunResult {
  exit: Exit;
  resumeAt: number | null;
}

export interface RunOptions {
  /** whether to stay through long waits, or to leave with 75 and be resumed where nothing has to be watched */
  whenWaiting: "stay" | "leave";
  signal: AbortSignal;
}

/** A wait that a runner sits out even when it may leave, in milliseconds of the runbook's own time. */
const SHORT_WAIT = 60_000;

const EXIT_OF = { done: EXIT.done, restored: EXIT.restored } as const;
const SUMMARY_OF = {
  done: "done: the release has all traffic",
  restored: "the stack was brought back to where it was",
} as const;

/** Carries a change as far as it can go now. Every effect is recorded before the next is decided. */
export async function run(
  session: RunnerSession,
  journal: Journal,
  plan: Plan,
  options: RunOptions,
): Promise<RunResult> {
  const ahead = judgeAhead(session.stack);
  try {
    return await carry(session, journal, plan, { ...options, ahead });
  } catch (error) {
    if (!options.signal.aborted || error !== options.signal.reason) throw midway(error, session.stack.name, journal);
    return { exit: EXIT.waiting, resumeAt: session.clock.now() };
  } finally {
    ahead.drop();
  }
}

/** What a runner that stays has time for while it waits. */
const WAITING = new Set<Action["kind"]>(["gates", "count", "wait"]);

async function carry(
  session: RunnerSession,
  journal: Journal,
  plan: Plan,
  options: RunOptions & { ahead: Ahead },
): Promise<RunResult> {
  const { clock, reporter } = session;
  const { ahead } = options;
  while (!options.signal.aborted) {
    await heedCallOff(session, journal, plan);
    const now = clock.now();
    const action = decide(plan, journal.progress(), now);
    reporter.tick({ plan, progress: journal.progress(), action, now, scale: clock.scale });
    if (journal.progress().failure !== null) ahead.drop();
    else if (staysFor(plan, journal, action, options)) ahead.begin(journal, plan);
    switch (action.kind) {
      case "nothing":
        return { exit: exitOf(journal), resumeAt: null };
      case "await-approval":
        await journal.write("waiting", null, {
          until: new Date(action.until).toISOString(),
          why: `${action.why}: \`runbook approve ${journal.change} --stack ${session.stack.name}\``,
          awaits: "approval",
        });
        return { exit: EXIT.waiting, resumeAt: action.until };
      case "dismiss":
        return close(session, journal, EXIT.refused, `refused: ${action.why}; nothing was changed`);
      case "start":
        if ((await heedInvariants(session, journal, plan, action.step, options.signal)) === "broken") break;
        await journal.write("step-started", action.step.name, { title: action.step.title });
        break;
      case "update": {
        const ended = await updateStep(session, journal, plan, action.step, ahead);
        if (ended !== null) return close(session, journal, ended, "refused: nothing was changed");
        break;
      }
      case "task":
        await taskStep(session, journal, plan, action.step, action.task, options.signal);
        break;
      case "undo":
        await undo(session, journal, plan, action.task, options.signal);
        break;
      case "read-back":
        await readBackStep(session, journal, plan, action.step, options.signal);
        break;
      case "settle":
        await journal.write("settled", action.step.name, {});
        break;
      case "gates":
        await observeGates(session, journal, plan, action.step, options.signal);
        break;
      case "count":
        await count(session, journal, plan, action.step, action.gates, options.signal);
        break;
      case "finish": {
        const last = action.step === plan.steps.at(-1);
        if (last && (await heedInvariants(session, journal, plan, action.step, options.signal)) === "broken") break;
        await finishStep(session, journal, action.step, now);
        break;
      }
      case "fail":
        await journal.write("failed", action.step.name, { reason: action.reason });
        break;
      case "stop":
        throw await stuck(session, journal, action.step.name, `"${action.step.title}"`, knownState(journal, plan), [
          action.reason,
        ]);
      case "announce":
        await announce(session, journal, plan, action.step);
        break;
      case "restore":
        await restore(session, journal, plan, options.signal);
        break;
      case "clean":
        await clean(session, journal, plan);
        break;
      case "close":
        return close(session, journal, EXIT_OF[action.outcome], SUMMARY_OF[action.outcome]);
      case "wait": {
        const nominal = (action.leaveUntil - now) * clock.scale;
        if (options.whenWaiting === "leave" && action.mayLeave && nominal > SHORT_WAIT) {
          const step = action.step?.name ?? null;
          await journal.write("waiting", step, { until: new Date(action.leaveUntil).toISOString(), why: action.why });
          return { exit: EXIT.waiting, resumeAt: action.leaveUntil };
        }
        await waitOrHeed(session, journal, plan, action.until, options.signal);
      }
    }
  }
  return { exit: EXIT.waiting, resumeAt: clock.now() };
}

/** Whether the runner will still be here when the next move is made, as far as it can tell (pure, but for the journal). */
function staysFor(plan: Plan, journal: Journal, { kind }: Action, { whenWaiting }: RunOptions): boolean {
  const { stepIndex, settledAt, startedAt } = journal.progress();
  const step = plan.steps[stepIndex];
  if (!WAITING.has(kind) || step === undefined || (startedAt !== null && settledAt === null)) return false;
  return whenWaiting === "stay" || (startedAt !== null && isWatched(step));
}

/** Ends a step; what a gate has learnt of the change goes on into the next one. */
async function finishStep(session: RunnerSession, journal: Journal, step: Step, now: number): Promise<void> {
  const { startedAt, memory } = journal.progress();
  const carried = GATE_NAMES.flatMap((name) => {
    const kept = name in memory ? (session.gates[name].carry?.(memory[name] ?? null) ?? null) : null;
    return kept === null ? [] : [[name, kept] as const];
  });
  const seconds = startedAt === null ? 0 : (now - startedAt) / 1_000;
  await journal.write("step-finished", step.name, {
    seconds,
    memory: Object.fromEntries(carried),
    restorePoint: step.restorePoint,
  });
}

/** How a closed change ended. */
export function exitOf(journal: Journal): Exit {
  const exit = journal.progress().closed?.exit;
  return Object.values(EXIT).find((code) => code === exit) ?? EXIT.stuck;
}

const OUTCOME_OF: Partial<Record<Exit, string>> = { [EXIT.done]: "done", [EXIT.restored]: "restored" };

async function close(session: RunnerSession, journal: Journal, exit: Exit, summary: string): Promise<RunResult> {
  await journal.write("closed", null, { exit, outcome: OUTCOME_OF[exit] ?? "refused", summary });
  await session.writePages(journal.change, journal.events());
  return { exit, resumeAt: null };
}
