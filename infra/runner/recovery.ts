import { hasDoneNothing } from "../change/untouched.ts";
import { formatDuration } from "../domain/durations.ts";
import { type ReleaseState, stateHash, weightsOf, withoutJobs } from "../domain/releases.ts";
import { busy, EXIT, needsPerson } from "../errors.ts";
import { weightsInWords } from "../reports/render/describe.ts";
import type { Run, RunResult } from "./effect.ts";
import { close } from "./effects/end.ts";
import { isOwn, ownState } from "./effects/known-state.ts";
import { sending } from "./effects/own-requests.ts";
import { noteEngine } from "./effects/recorded-update.ts";
import type { Reopened } from "./opening/reopen.ts";

/** How long the engine of a runner that died may still be at work, in milliseconds. */
const ENGINE_WITHIN = 10 * 60_000;

/**
 * Waits for the engine that a dead runner has left at work.
 * @throws Refusal (exit 4) where it doesn't end
 */
export async function awaitEngine({ session, journal, signal }: Run): Promise<void> {
  const { engines, updating } = journal.progress();
  const engine = engines.at(-1);
  if (engine === undefined || updating === null) return;
  if ((await session.stack.awaitEngine(engine, ENGINE_WITHIN, signal)) !== "at work" || signal.aborted) return;
  throw busy(
    `the update that ${journal.change} began is still at work (process ${engine.pid} on ${engine.host}) after ${formatDuration(ENGINE_WITHIN)}: look at it, then resume`,
  );
}

/**
 * Recovers a change that another process has left.
 * @throws Refusal (exit 4 or 70) where its engine is still at work, or where somebody else has moved the stack
 */
export async function recover(run: Run): Promise<void> {
  if (run.journal.progress().closed !== null) return;
  await awaitEngine(run);
  await ownState(run);
  // What it was sending when it died is unclear for a while. Said here, since a gate that counts waits until it is clear, and sends nothing.
  if (run.journal.progress().own.openSince !== null) await sending(run, null, async () => undefined);
}

/** A change as its record tells of it. */
type Known = Pick<Run, "journal" | "plan">;

/**
 * Whether the stack was changed since a change was opened that has done nothing yet: it would begin from what is no longer there
 * (pure, but for the journal).
 */
export function isOvertaken(known: Known, state: ReleaseState): boolean {
  const { journal, plan } = known;
  if (journal.progress().closed !== null || state.change?.id === journal.change || isOwn(known, state)) return false;
  return hasDoneNothing(plan, journal.progress(), journal.events());
}

/** Ends a change that has done nothing: nobody has to be called for that. */
function closeOvertaken(run: Pick<Run, "session" | "journal">, state: ReleaseState): Promise<RunResult> {
  const stands = weightsInWords(weightsOf(state));
  const why = `the stack was changed after this change was opened and before it did anything, and is now at ${stands}`;
  return close(run, EXIT.refused, `refused: ${why}; nothing was changed by it: start it again`);
}

/**
 * Ends a change that has done nothing, where its stack was changed since it was opened.
 * @param seen the stack's state as it was read a moment ago; null where it has none
 * @returns null where the change may go on
 */
export async function endOvertaken(
  session: Run["session"],
  { journal, plan }: Pick<Reopened, "journal" | "plan">,
  seen: ReleaseState | null,
): Promise<RunResult | null> {
  if (plan === null || seen === null || !isOvertaken({ journal, plan }, seen)) return null;
  const state = await session.stack.state();
  return state !== null && isOvertaken({ journal, plan }, state) ? closeOvertaken({ session, journal }, state) : null;
}

/**
 * Ends a change whose stack somebody else has moved: what stands is left as it is, and is no longer held by the change.
 * @param seen the stack's state, where it was just read
 * @returns null where the stack wasn't moved
 */
export async function letGoIfMoved(run: Run, seen: ReleaseState | null): Promise<RunResult | null> {
  const { session, journal } = run;
  const { closed, updating } = journal.progress();
  if (closed !== null) return null;
  await awaitEngine(run);
  // Where no engine of this change was left at work, what was just read is good enough to go on from, since the update
  // names it: a way back has no second to lose. The move that ends the change isn't.
  if (updating === null && seen !== null && isOwn(run, seen)) return null;
  const state = await session.stack.state();
  if (state === null || isOwn(run, state)) return null;
  if (isOvertaken(run, state)) return closeOvertaken(run, state);
  if (state.change?.id === journal.change) {
    const letGo = { from: stateHash(state), to: { ...withoutJobs(state), change: null } };
    const outcome = await session.stack.update(letGo, { policies: "judged", begun: noteEngine(journal, null) });
    if (outcome.kind !== "done") throw needsPerson(...outcome.problems);
  }
  const summary = `the stack was changed outside this change and is left as it is: ${weightsInWords(weightsOf(state))}`;
  await journal.write("closed", null, { exit: EXIT.stuck, outcome: "left", summary });
  await session.writePages(journal.change, journal.events());
  return { exit: EXIT.stuck, resumeAt: null };
}
