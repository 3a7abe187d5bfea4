import { EXIT } from "../../errors.ts";
import { decideIncident, type IncidentAction } from "../../runbooks/incident/decide.ts";
import { lessonsOf } from "../../runbooks/incident/lessons.ts";
import { canLogMore, finish, logAsBefore, logMore, restart } from "../../runbooks/incident/moves.ts";
import type { IncidentInput } from "../../runbooks/incident/plan.ts";
import { lookedAt, situationOf } from "../../runbooks/incident/situation.ts";
import { held } from "../../runbooks/moves.ts";
import type { IncidentSettings } from "../../settings/incident.ts";
import type { Run, RunResult } from "../effect.ts";
import { close } from "../effects/end.ts";
import { knownState } from "../effects/known-state.ts";
import { stuck } from "../effects/stuck.ts";
import { heedCallOff, waitOrHeed } from "../heed-call-off.ts";
import { run } from "../run.ts";
import { lookEvent, lookOnce } from "./look.ts";
import { completeMove, move } from "./move.ts";
import { report } from "./report.ts";
import { tell } from "./tell.ts";

/** What an incident's answer goes by. */
export interface Response {
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
export async function respond(incident: Run, response: Response): Promise<RunResult> {
  const { session, journal, signal } = incident;
  const { clock } = session;
  await completeMove(incident);
  let hasLooked = false;
  while (!signal.aborted) {
    await heedCallOff(incident);
    if (journal.progress().failure !== null) return run(incident);
    if (journal.progress().closed !== null) return { exit: EXIT.done, resumeAt: null };
    const ahead = journal.ahead();
    const now = clock.now() + ahead;
    const { until = null } = knownState(incident).debugCopy ?? {};
    const loggingEnds = until === null ? null : until + ahead;
    const situation = situationOf(journal.events());
    // What was looked at just now is decided upon, however long it took to write it down.
    const known = hasLooked ? lookedAt(situation, now) : situation;
    const action = decideIncident(known, loggingEnds, response.limits, now);
    hasLooked = action.kind === "look";
    if (action.kind === "wait") {
      const resumeAt = await sitOut(incident, { ...action, until: action.until - ahead });
      if (resumeAt !== null) return { exit: EXIT.waiting, resumeAt };
    } else {
      await act(incident, response, action);
    }
  }
  return { exit: EXIT.waiting, resumeAt: clock.now() };
}

async function act(
  incident: Run,
  { limits, settings }: Response,
  action: Exclude<IncidentAction, { kind: "wait" }>,
): Promise<void> {
  const { session, journal, plan } = incident;
  const actor = { change: journal.change, runbook: plan.runbook, onCall: session.onCall };
  const update = move.bind(null, incident);
  switch (action.kind) {
    case "look": {
      const { missingSince } = situationOf(journal.events());
      const missing = { since: missingSince, startWithin: limits.startWithin };
      const looked = await lookOnce(session, knownState(incident), missing);
      return journal.write("look", null, await lookEvent(session, looked));
    }
    case "hold":
      // So that nobody deploys into the incident.
      return update("hold", (state) => held(state, actor));
    case "tell":
      return tell(incident, settings.databaseOwner);
    case "log-more": {
      const until = session.clock.now() + limits.logMoreFor;
      return update("log-more", (state) => (canLogMore(state) ? logMore(state, until, actor) : held(state, actor)));
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
      return report(incident, settings);
    case "close":
      return void (await close(incident, EXIT.done, `${action.outcome}: ${SUMMARIES[action.outcome]}`));
    case "give up":
      throw await stuck(incident, null, "updating the stack", knownState(incident), [action.why]);
  }
}

/** Waits, or answers when to come back where a runner may leave and only others can end the wait. */
async function sitOut(
  incident: Run,
  { until, why, ...wait }: Extract<IncidentAction, { kind: "wait" }>,
): Promise<number | null> {
  if (incident.whenWaiting === "leave" && wait.for === "others") {
    await incident.journal.write("waiting", null, { until: new Date(until).toISOString(), why });
    return until;
  }
  await waitOrHeed(incident, until);
  return null;
}
