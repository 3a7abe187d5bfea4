import { setTimeout as delay } from "node:timers/promises";
import { decide } from "../change/decide.ts";
import { advance } from "../change/progress.ts";
import { EXIT, needsPerson, type Refusal } from "../errors.ts";
import type { ChangeEvent } from "../records/events.ts";
import { dataOf } from "../reports/render/event-data.ts";
import type { RunResult } from "./effect.ts";
import { exitOf } from "./effects/end.ts";
import { movedRefusal } from "./effects/known-state.ts";
import { saysOtherPlan } from "./effects/other-plan.ts";
import type { Journal } from "./journal.ts";
import { reopenChange } from "./opening/reopen.ts";
import type { RunnerSession } from "./session.ts";

/** How often a record is looked at, and how often whether its runner is still there, in milliseconds. */
const LOOK_EVERY = 1_000;
const RUNNER_EVERY = 10_000;

export interface Following {
  /** the last event that was shown already */
  after: number;
  signal: AbortSignal;
  /** whether somebody runs the change; asked now and then while its record stands still */
  isRunning: () => Promise<boolean>;
}

/** A change that was followed; `abandoned` where nobody runs it any more. */
export type Followed = { journal: Journal } & ({ result: RunResult } | { result: "abandoned" });

type FollowingSession = Pick<RunnerSession, "store" | "clock" | "reporter" | "stack" | "onCall">;

/** What a runner that can't go on was refused with, where a change's last event says so; null where it says something else. */
function refusalIn({ stack, onCall }: FollowingSession, last: ChangeEvent): Refusal | null {
  const stuck = dataOf("stuck", last);
  if (stuck !== null) return needsPerson(`a person is needed: ${stuck.what} failed`, ...stuck.problems);
  const moved = dataOf("moved", last);
  return moved === null ? null : movedRefusal({ stack: stack.name, change: last.change, onCall }, moved);
}

/** Whether a runner that finds the same again writes nothing more (pure). */
const isSaidOnce = (last: ChangeEvent): boolean => last.type === "moved" || saysOtherPlan(last);

/**
 * Follows a change that another process runs, with the progress that that one shows.
 * @throws Refusal (exit 70, or 4 where another change holds the stack) where its runner can't go on
 */
export async function followChange(
  session: FollowingSession,
  change: string,
  { after, signal, isRunning }: Following,
): Promise<Followed> {
  const { store, clock, reporter } = session;
  const { journal, plan } = await reopenChange(session, change);
  let progress = journal.progress();
  let seq = progress.seq;
  let last = journal.events().at(-1);
  let askedAt = clock.now();
  const ended = async (result: RunResult | "abandoned"): Promise<Followed> => ({
    journal: (await reopenChange(session, change)).journal,
    result,
  });
  for (const event of journal.events()) if (event.seq > after) reporter.event(event);
  while (!signal.aborted) {
    const now = clock.now();
    if (progress.closed !== null) {
      const { journal: whole } = await ended("abandoned");
      return { journal: whole, result: { exit: exitOf(whole), resumeAt: null } };
    }
    if (plan !== null) {
      const action = decide(plan, progress, now);
      reporter.tick({ plan, progress, action, now, scale: clock.scale });
      // It waits for people.
      if (action.kind === "await-approval") return ended({ exit: EXIT.waiting, resumeAt: action.until });
    }
    await delay(LOOK_EVERY, undefined, { signal }).catch(() => undefined);
    const events = await store.readAfter(change, seq);
    for (const event of events) {
      reporter.event(event);
      progress = advance(progress, event);
      seq = event.seq;
      last = event;
    }
    const refusal = last === undefined ? null : refusalIn(session, last);
    if (events.length > 0 && refusal !== null) throw refusal;
    if (events.length > 0) askedAt = clock.now();
    else if (clock.now() - askedAt >= RUNNER_EVERY) {
      askedAt = clock.now();
      if (!(await isRunning())) return ended("abandoned");
      // Its runner has had the time to try again, and has found the same.
      if (last !== undefined && refusal !== null && isSaidOnce(last)) throw refusal;
    }
  }
  return ended({ exit: EXIT.waiting, resumeAt: clock.now() });
}
