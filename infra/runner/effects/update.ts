import type { Plan, Step } from "../../change/plan.ts";
import { CHANGE_ANNOTATION } from "../../domain/object-names.ts";
import { type Desired, stateHash, weightsOf } from "../../domain/releases.ts";
import { EXIT, type Exit, Refusal } from "../../errors.ts";
import { isReplicasAlone } from "../../stack/cli-text.ts";
import type { EngineProcess } from "../../stack/engine-process.ts";
import type { Existing, Outcome } from "../../stack/stack.ts";
import type { Journal } from "../journal.ts";
import type { RunnerSession } from "../session.ts";
import { sizedMove } from "./capacity.ts";
import { issuedIn } from "./issued-in.ts";
import type { Ahead } from "./judge-ahead.ts";
import { leftovers } from "./leftovers.ts";
import { knownState, movedOn, ownState } from "./standing.ts";
import { stuck } from "./stuck.ts";

/** How often an update is tried whose engine was killed or whose stack is locked. */
const TRIES = 3;
/** About how long a lock of somebody else is waited for between two tries, in milliseconds. */
const LOCK_PAUSE = 700;

type Move = Desired & {
  touches: "bundles" | "weights";
  policies?: "judged" | "along";
  /** whether an update of this move was begun already, so that there may be objects that only the cluster knows of */
  begun?: "anew" | "before";
};

/** Whether an adoption failed since an autoscaler has scaled the Deployment after the interrupted update made it (pure). */
export function isScaled(outcome: Outcome): boolean {
  return outcome.kind === "failed" && isReplicasAlone(outcome.problems, CHANGE_ANNOTATION);
}

/** Makes an engine do something, once more where a lock was in the way that an engine of this change has left. */
async function unlocked(
  { stack }: RunnerSession,
  journal: Journal,
  step: string | null,
  earlier: readonly EngineProcess[],
  work: () => Promise<Outcome>,
): Promise<Outcome> {
  const outcome = await work();
  if (outcome.kind !== "locked" || (await stack.breakOwnLock(outcome.owners, earlier)) === "not ours") return outcome;
  await journal.write("lock-broken", step, { owners: outcome.owners.map(({ host, pid }) => ({ host, pid })) });
  return await work();
}

/**
 * One try: the intent is recorded before the engine's process, and the process before it does anything, so that a killed runner's
 * successor can tell. Where a rotation's update before it ended halfway, what that may have left is read first: labels may have moved
 * without the state, and can't be taken off a version that has them no more; a user that is being changed takes no second change.
 */
async function tryUpdate(
  session: RunnerSession,
  journal: Journal,
  { rotation }: Plan,
  step: string | null,
  { from, to, touches, policies = "judged", begun: when = "anew" }: Move,
): Promise<Outcome> {
  const { stack } = session;
  const interrupted = journal.progress().updating !== null;
  const halfway = rotation !== undefined && interrupted;
  const left = when === "before" || interrupted ? await leftovers(session, journal, to) : [];
  await journal.write("updating", step, { from, to, touches });
  const earlier = journal.progress().engines;
  const begun = (engine: EngineProcess) => journal.write("engine-started", step, { ...engine });
  if (halfway) {
    const read = await unlocked(session, journal, step, earlier, () => stack.readHalfway(begun));
    if (read.kind !== "done") return read;
  }
  const issued = issuedIn(journal.progress());
  const update = (existing: Existing) =>
    unlocked(session, journal, step, earlier, () => stack.update({ from, to }, { policies, begun, issued, existing }));
  if (left.length === 0) return await update("refused");
  await journal.write("adopting", step, { objects: left.map(({ resource, name }) => `${resource}/${name}`) });
  const outcome = await update("adopted");
  return isScaled(outcome) ? await update("adopted by force") : outcome;
}

/** Drops what interrupted updates have left as pending, where this one has adopted it all. */
async function settlePending({ stack }: RunnerSession, journal: Journal, step: string | null): Promise<void> {
  const pending = await stack.pending();
  const { adopted, unknown } = pending;
  if (unknown.length > 0) await journal.write("pending-left", step, { unknown });
  if (adopted.length === 0 || unknown.length > 0) return;
  await stack.clearPending(pending, (engine) => journal.write("engine-started", step, { ...engine }));
  await journal.write("pending-cleared", step, { adopted });
}

/** Makes an update and records its end; an engine that was killed is started again from where the stack then stands. */
export async function recordedUpdate(
  session: RunnerSession,
  journal: Journal,
  plan: Plan,
  step: string | null,
  move: Move,
): Promise<Outcome> {
  const { to } = move;
  let outcome = await tryUpdate(session, journal, plan, step, move);
  for (let tries = 1; tries < TRIES; tries += 1) {
    if (outcome.kind !== "interrupted" && outcome.kind !== "locked") break;
    if (outcome.kind === "locked") {
      const pause = session.clock.now() + LOCK_PAUSE * (0.5 + Math.random());
      await session.clock.sleepUntil(pause, new AbortController().signal);
    }
    const from = outcome.kind === "locked" ? move.from : stateHash(await ownState(session, journal, plan));
    outcome = await tryUpdate(session, journal, plan, step, { ...move, from });
  }
  if (outcome.kind !== "done") return outcome;
  if (journal.progress().disturbed === "yes") await settlePending(session, journal, step);
  const { seconds, changes, resources } = outcome;
  const diff = (resources ?? []).map((resource) => ({
    ...resource,
    properties: resource.properties.map((property) => ({ ...property })),
  }));
  await journal.write("updated", step, { to: stateHash(to), seconds, weights: weightsOf(to), changes, diff });
  return outcome;
}

/**
 * Makes the step's move: previewed under the policies first, unless that was done while the step before it baked, or the move had
 * been begun already.
 * @param ahead what was judged already; left out where nothing was
 * @returns an exit code where the change ends here with nothing changed, else null
 */
export async function updateStep(
  session: RunnerSession,
  journal: Journal,
  plan: Plan,
  step: Step,
  ahead?: Pick<Ahead, "take">,
): Promise<Exit | null> {
  const { updating, stack: before } = journal.progress();
  const touches = step.touches === "weights" ? "weights" : "bundles";
  const known = knownState(journal, plan);
  if (updating !== null) {
    // Even where its outputs are there already, the end of the update may be missing: the engine deletes last.
    const from = stateHash(await ownState(session, journal, plan));
    const again: Move = { from, to: updating.to, touches, begun: "before" };
    const outcome = await recordedUpdate(session, journal, plan, step.name, again);
    if (outcome.kind === "done") return null;
    await putBack(session, journal, step, outcome, { from, to: known });
    return await fail(session, journal, plan, step, outcome, before);
  }
  const desired: Desired = { from: stateHash(known), to: await sizedMove(session, journal, plan, step, known) };
  if (step.judged === "before") {
    const issued = issuedIn(journal.progress());
    const kept = (await ahead?.take(desired, issued)) ?? null;
    const preview = kept ?? (await session.stack.preview(desired, issued));
    if (preview.kind !== "done") return await fail(session, journal, plan, step, preview, before);
    const { seconds, changes } = preview;
    await journal.write("previewed", step.name, { seconds, changes, ahead: kept !== null });
  }
  const policies = step.judged === "along" ? "along" : "judged";
  const outcome = await recordedUpdate(session, journal, plan, step.name, { ...desired, touches, policies });
  if (outcome.kind === "done") return null;
  await putBack(session, journal, step, outcome, { from: desired.from, to: known });
  const held = outcome.kind === "locked" || outcome.kind === "moved";
  return await fail(session, journal, plan, step, outcome, held ? before : "touched");
}

/** Leaves the stack as the next try has to find it, where a step that isn't taken back has failed: its Job would be in the way. */
async function putBack(
  { stack }: RunnerSession,
  journal: Journal,
  step: Step,
  { kind }: Outcome,
  desired: Desired,
): Promise<void> {
  if (step.onFailure !== "stop" || kind !== "failed") return;
  const begun = (engine: EngineProcess) => journal.write("engine-started", step.name, { ...engine });
  await stack.update(desired, { policies: "judged", begun });
}

const REFUSED_WITH = {
  policy: EXIT.policy,
  locked: EXIT.busy,
  moved: EXIT.busy,
  interrupted: EXIT.refused,
  failed: EXIT.refused,
} as const;

type NotDone = Exclude<Outcome, { kind: "done" }>;

/** The refusal of an update that others stand in the way of; what stands is theirs. */
export async function heldUp(
  session: RunnerSession,
  journal: Journal,
  plan: Plan,
  outcome: Extract<NotDone, { kind: "locked" | "moved" }>,
): Promise<Refusal> {
  if (outcome.kind === "moved") return movedOn(session, journal, plan, await session.stack.state());
  const { name } = session.stack;
  const remedy = `${journal.change} waits for it: run \`runbook resume --stack ${name}\` when it has ended; only where its process is known to be dead, \`pulumi cancel --stack ${name}\` first`;
  return new Refusal({ exit: EXIT.busy, problems: [...outcome.problems, remedy] });
}

/** The refusal of an update whose engine is killed again and again: what was begun can be taken up later. */
function killed({ stack }: RunnerSession, journal: Journal, problems: readonly string[]): Refusal {
  const remedy = `${journal.change} waits: see what kills it (memory, time limits), then run \`runbook resume --stack ${stack.name}\``;
  return new Refusal({ exit: EXIT.stuck, problems: [...problems, remedy] });
}

async function fail(
  session: RunnerSession,
  journal: Journal,
  plan: Plan,
  step: Step,
  outcome: NotDone,
  stack: "touched" | "untouched",
): Promise<Exit | null> {
  // What a task has made outside is undone on the way back.
  if (stack === "untouched" && Object.keys(journal.progress().results).length === 0) {
    session.reporter.problems(outcome.problems);
    await journal.write("refused", step.name, { why: outcome.kind, problems: outcome.problems });
    return REFUSED_WITH[outcome.kind];
  }
  if (outcome.kind === "locked" || outcome.kind === "moved") throw await heldUp(session, journal, plan, outcome);
  if (outcome.kind === "interrupted") throw killed(session, journal, outcome.problems);
  session.reporter.problems(outcome.problems);
  if (step.onFailure === "stop") {
    throw await stuck(session, journal, step.name, `"${step.title}"`, knownState(journal, plan), outcome.problems);
  }
  await journal.write("failed", step.name, {
    reason: `the update for "${step.title}" failed: ${outcome.problems[0] ?? outcome.kind}`,
    problems: outcome.problems,
  });
  return null;
}
