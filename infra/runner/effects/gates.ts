import type { Plan, Step } from "../../change/plan.ts";
import { combine, type Verdict } from "../../gates/index.ts";
import { asOfNow } from "../../metrics/own-requests.ts";
import type { Journal } from "../journal.ts";
import type { RunnerSession } from "../session.ts";
import { whileCounting } from "./count.ts";
import { record } from "./look.ts";
import { sending } from "./own-requests.ts";

/** Whether nothing stands against the release but that no users judge it: what has no value without them says nothing either. */
function lacksOnlyUsers(verdicts: readonly Verdict[]): boolean {
  const others = verdicts.filter(({ answer, evidence }) => answer !== "pass" && evidence.lacks !== "users");
  const without = verdicts.some(({ answer, evidence }) => answer !== "pass" && evidence.lacks === "users");
  return without && others.every(({ evidence }) => evidence.lacks === "value");
}

const failed = (verdicts: readonly Verdict[]) => verdicts.some(({ answer }) => answer === "fail");

/**
 * One look at every gate of the step; each verdict with its evidence goes into the record as it comes. Gates that read counters
 * look first, and where our own last requests may not be counted yet, no more are sent: else they never would be known to
 * be. The first gate that fails ends the round, since every moment that a bad release keeps its traffic is one too many.
 */
export async function observeGates(
  session: RunnerSession,
  journal: Journal,
  plan: Plan,
  step: Step,
  signal: AbortSignal,
): Promise<void> {
  const target = await session.target(step.subject ?? plan);
  const { memory, own: noted, startedAt } = journal.progress();
  const own = asOfNow(noted, session.recorder);
  const looking = { step: step.name, target, memory, own, signal, since: startedAt ?? session.clock.now() };
  const reading = step.gates.filter((name) => session.gates[name].reads === "counters");
  const sent = step.gates.filter((name) => session.gates[name].reads !== "counters");
  const verdicts = await record(session, journal, reading, looking);
  const doubtful = verdicts.some(({ evidence }) => evidence.look === "in doubt");
  const more =
    sent.length === 0 || failed(verdicts) || doubtful
      ? []
      : await whileCounting(session, journal, plan, step, signal, (signal) =>
          sending(session, journal, step.name, () => record(session, journal, sent, { ...looking, signal })),
        );
  // What a runner that is told to leave has not looked at, it says nothing of.
  if (signal.aborted) return;
  const all = [...verdicts, ...(more ?? [])];
  const holding = all.filter(({ answer }) => answer === "hold").map(({ gate, summary }) => `${gate}: ${summary}`);
  const answer = more === null ? "fail" : combine(all);
  const alone = session.limits.withoutUsers === "wait" && answer === "hold" && lacksOnlyUsers(all);
  await journal.write("round", step.name, { answer, holding, ...(alone ? { waitsFor: "person" } : {}) });
}
