import { combine, type Verdict } from "../../gates/index.ts";
import { asOfNow } from "../../metrics/own-requests.ts";
import type { Effect } from "../effect.ts";
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
export const observeGates: Effect<"gates"> = async (run, { step }) => {
  const { session, journal, plan, signal } = run;
  const target = await session.target(step.subject ?? plan);
  const { memory, own: noted, startedAt } = journal.progress();
  const own = asOfNow(noted, session.recorder);
  const looking = { step: step.name, target, memory, own, signal, since: startedAt ?? session.clock.now() };
  const reading = step.gates.filter((name) => session.gates[name].reads === "counters");
  const sent = step.gates.filter((name) => session.gates[name].reads !== "counters");
  const verdicts = await record(run, reading, looking);
  const doubtful = verdicts.some(({ evidence }) => evidence.look === "in doubt");
  const more =
    sent.length === 0 || failed(verdicts) || doubtful
      ? []
      : await whileCounting(run, step, (signal) =>
          sending(run, step.name, () => record(run, sent, { ...looking, signal })),
        );
  // What a runner that is told to leave has not looked at, it says nothing of.
  if (signal.aborted) return null;
  const all = [...verdicts, ...(more ?? [])];
  const holding = all.filter(({ answer }) => answer === "hold").map(({ gate, summary }) => `${gate}: ${summary}`);
  const answer = more === null ? "fail" : combine(all);
  const alone = session.limits.withoutUsers === "wait" && answer === "hold" && lacksOnlyUsers(all);
  await journal.write("round", step.name, { answer, holding, ...(alone ? { waitsFor: "person" } : {}) });
  return null;
};
