import type { Plan } from "../../change/plan.ts";
import { EXIT } from "../../errors.ts";
import { decideIncident, type IncidentAction } from "../../runbooks/incident/decide.ts";
import { lessonsOf } from "../../runbooks/incident/lessons.ts";
import { canLogMore, finish, hold, logAsBefore, logMore, restart } from "../../runbooks/incident/moves.ts";
import type { IncidentInput } from "../../runbooks/incident/plan.ts";
import { situationOf } from "../../runbooks/incident/situation.ts";
import type { IncidentSettings } from "../../settings/incident.ts";
import { knownState } from "../effects/standing.ts";
import { stuck } from "../effects/stuck.ts";
import { heedCallOff, waitOrHeed } from "../heed-call-off.ts";
import type { Journal } from "../journal.ts";
import { type RunOptions, type RunResult, run } from "../run.ts";
import type { RunnerSession } from "../session.ts";
import { lookEvent, lookOnce } from "./look.ts";
import { completeMove, move } from "./move.ts";
import { report } from "./report.ts";
import { tell } from "./tell.ts";

/** An incident that is being answered. */
export interface Response {
  session: RunnerSession;
  journal: Journal;
  plan: Plan;
  limits: IncidentInput["limits"];
  settings: IncidentSettings;
}

const SUMMARIES = {
  resolved: "the backends and every pod are well again",
  "nothing found": "every dependency and every pod is well: nothing was changed",
} as const;

/**
 * Answers an incident as far as it can be now: looks, and does what `decideIncident` says, each effect recorded before the
 * next is decided. A runner that may leave does so where only somebody else can end the wait.
 */
export async function respond(response: Response, { signal, whenWaiting }: RunOptions): Promise<RunResult> {
  const { session, journal, plan, limits } = response;
  const { clock } = session;
  await completeMove(session, journal, plan);
  while (!signal.aborted) {
    await heedCallOff(session, journal, plan);
    if (journal.progress().failure !== null) return run(session, journal, plan, { signal, whenWaiting });
    if (journal.progress().closed !== null) return { exit: EXIT.done, resumeAt: null };
    const now = clock.now();
    const action = decideIncident(situationOf(journal.events()), loggingEnds(response), limits, now);
    if (action.kind === "wait") {
      const resumeAt = await sitOut(response, action, { signal, whenWaiting });
      if (resumeAt !== null) return { exit: EXIT.waiting, resumeAt };
    } else {
      await act(response, action);
    }
  }
  return { exit: EXIT.waiting, resumeAt: clock.now() };
}

function loggingEnds({ journal, plan }: Response): number | null {
  return knownState(journal, plan).heightened?.until ?? null;
}

async function act(response: Response, action: Exclude<IncidentAction, { kind: "wait" }>): Promise<void> {
  const { session, journal, plan, limits, settings } = response;
  const actor = { change: journal.change, runbook: plan.runbook, onCall: session.onCall };
  const update = move.bind(null, session, journal, plan);
  switch (action.kind) {
    case "look":
      return journal.write("look", null, await lookEvent(session, await lookOnce(session, knownState(journal, plan))));
    case "hold":
      return update("hold", (state) => hold(state, actor));
    case "tell":
      return tell(session, journal, settings.databaseOwner);
    case "log-more": {
      const until = session.clock.now() + limits.logMoreFor;
      return update("log-more", (state) => (canLogMore(state) ? logMore(state, until, actor) : hold(state, actor)));
    }
    case "log-as-before":
      return update("log-as-before", (state) => logAsBefore(state, actor));
    case "restart": {
      const { pod, release } = action;
      await journal.write("restarting", "restart", { pod, release });
      return update("restart", (state) => restart(state, { pod, release }, actor));
    }
    case "finish": {
      const { cause } = situationOf(journal.events());
      const alarms = cause === null ? [] : lessonsOf(cause, journal.change);
      return update("finish", (state) => finish(state, alarms));
    }
    case "report":
      return report(session, journal, settings);
    case "close":
      return close(response, action.outcome);
    case "give up":
      throw await stuck(session, journal, null, action.why, knownState(journal, plan), []);
  }
}

async function close({ session, journal }: Response, outcome: keyof typeof SUMMARIES): Promise<void> {
  const data = { exit: EXIT.done, outcome: "done", summary: `${outcome}: ${SUMMARIES[outcome]}` };
  await journal.write("closed", null, data);
  await session.writePages(journal.change, journal.events());
}

/** Waits, or answers when to come back where a runner may leave and only others can end the wait. */
async function sitOut(
  { session, journal, plan }: Response,
  { until, why, ...wait }: Extract<IncidentAction, { kind: "wait" }>,
  { signal, whenWaiting }: RunOptions,
): Promise<number | null> {
  if (whenWaiting === "leave" && wait.for === "others") {
    await journal.write("waiting", null, { until: new Date(until).toISOString(), why });
    return until;
  }
  await waitOrHeed(session, journal, plan, until, signal);
  return null;
}
