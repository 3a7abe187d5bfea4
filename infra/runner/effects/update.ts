import type { Step } from "../../change/plan.ts";
import { type Desired, stateHash } from "../../domain/releases.ts";
import { EXIT, needsPerson, type Refusal } from "../../errors.ts";
import type { Effect, Run, RunResult } from "../effect.ts";
import { sizedMove } from "./capacity.ts";
import { close } from "./end.ts";
import { issuedIn } from "./issued-in.ts";
import { knownState, ownState } from "./known-state.ts";
import { heldUp, type Move, type NotDone, noteEngine, recordedUpdate } from "./recorded-update.ts";
import { failStep } from "./stuck.ts";

/**
 * Makes the step's move: previewed under the policies first, unless that was done while the step before it baked. A move that had been
 * begun already is judged along with its update: the settings may have changed since.
 */
export const updateStep: Effect<"update"> = async (run, { step }) => {
  const { session, journal, ahead } = run;
  const { updating, stackTouched } = journal.progress();
  const touches = step.touches === "weights" ? "weights" : "bundles";
  const known = knownState(run);
  if (updating !== null) {
    // Even where its outputs are there already, the end of the update may be missing: the engine deletes last.
    const from = stateHash(await ownState(run));
    return await makeMove(run, step, { from, to: updating.to, touches, policies: "along", begun: "before" });
  }
  const desired: Desired = { from: stateHash(known), to: await sizedMove(run, step, known) };
  if (step.judged === "before") {
    const issued = issuedIn(journal.progress());
    const kept = (await ahead?.take(desired, issued)) ?? null;
    const preview = kept ?? (await session.stack.preview(desired, issued));
    if (preview.kind !== "done") return await endUnmade(run, step, preview, stackTouched);
    const { seconds, changes } = preview;
    await journal.write("previewed", step.name, { seconds, changes, ahead: kept !== null });
  }
  const policies = step.judged === "along" ? "along" : "judged";
  return await makeMove(run, step, { ...desired, touches, policies });
};

async function makeMove(run: Run, step: Step, move: Move): Promise<RunResult | null> {
  const { session, journal } = run;
  const { stackTouched } = journal.progress();
  const known = knownState(run);
  const outcome = await recordedUpdate(run, step.name, move);
  if (outcome.kind === "done") return null;
  if (step.onFailure === "stop" && outcome.kind === "failed") {
    // Leaves the stack as the next try has to find it, where a step that isn't taken back has failed: its Job would be in the way.
    const begun = noteEngine(journal, step.name);
    await session.stack.update({ from: move.from, to: known }, { policies: "judged", begun });
  }
  // What others held up has changed nothing.
  const heldUpByOthers = outcome.kind === "locked" || outcome.kind === "moved";
  return await endUnmade(run, step, outcome, stackTouched || !heldUpByOthers);
}

/** What a change is refused with that has touched nothing, by what became of its update. */
export const REFUSED_WITH = {
  policy: EXIT.policy,
  locked: EXIT.busy,
  moved: EXIT.busy,
  interrupted: EXIT.refused,
  failed: EXIT.refused,
} as const;

/** The refusal of an update whose engine is killed again and again: what was begun can be taken up later. */
function killed({ session, journal }: Run, problems: readonly string[]): Refusal {
  const remedy = `${journal.change} waits: see what kills it (memory, time limits), then run \`runbook resume --stack ${session.stack.name}\``;
  return needsPerson(...problems, remedy);
}

/** What comes of a move that wasn't made: the change is refused where it has touched nothing, else the step has failed. */
async function endUnmade(run: Run, step: Step, outcome: NotDone, stackTouched: boolean): Promise<RunResult | null> {
  const { session, journal } = run;
  // What a task has made outside is undone on the way back.
  if (!stackTouched && Object.keys(journal.progress().results).length === 0) {
    session.reporter.problems(outcome.problems);
    await journal.write("refused", step.name, { why: outcome.kind, problems: outcome.problems });
    return close(run, REFUSED_WITH[outcome.kind], "refused: nothing was changed");
  }
  if (outcome.kind === "locked" || outcome.kind === "moved") throw await heldUp(run, outcome);
  if (outcome.kind === "interrupted") throw killed(run, outcome.problems);
  const reason = `the update for "${step.title}" failed: ${outcome.problems[0] ?? outcome.kind}`;
  await failStep(run, step, reason, outcome.problems);
  return null;
}
