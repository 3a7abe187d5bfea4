import { CHANGE_ANNOTATION } from "../../domain/object-names.ts";
import { type Desired, stateHash, weightsOf } from "../../domain/releases.ts";
import { busy, type Refusal } from "../../errors.ts";
import { isReplicasAlone } from "../../stack/cli-text.ts";
import type { EngineProcess } from "../../stack/engine-process.ts";
import type { Existing, Outcome } from "../../stack/stack.ts";
import type { Run } from "../effect.ts";
import type { Journal } from "../journal.ts";
import { awaitDeletions, readAnyway } from "./halfway.ts";
import { issuedIn } from "./issued-in.ts";
import { movedOn, ownState } from "./known-state.ts";
import { leftovers } from "./leftovers.ts";

/** How often an update is tried whose engine was killed or whose stack is locked. */
const TRIES = 3;
/** About how long a lock of somebody else is waited for between two tries, in milliseconds. */
const LOCK_PAUSE = 700;

/** A move of the stack, and how it is made. */
export type Move = Desired & {
  touches: "bundles" | "weights";
  policies?: "judged" | "along";
  /** whether an update of this move was begun already, so that there may be objects that only the cluster knows of */
  begun?: "anew" | "before";
};

/** Whether an adoption failed since an autoscaler has scaled the Deployment after the interrupted update made it (pure). */
export function isScaled(outcome: Outcome): boolean {
  return outcome.kind === "failed" && isReplicasAlone(outcome.problems, CHANGE_ANNOTATION);
}

/** Records an engine's process before it does anything. */
export const noteEngine =
  (journal: Pick<Journal, "write">, step: string | null) =>
  (engine: EngineProcess): Promise<void> =>
    journal.write("engine-started", step, { ...engine });

/** Makes an engine do something, once more where a lock was in the way that an engine of this change has left. */
async function unlocked(
  { session, journal }: Run,
  step: string | null,
  earlier: readonly EngineProcess[],
  work: () => Promise<Outcome>,
): Promise<Outcome> {
  const { stack } = session;
  const outcome = await work();
  if (outcome.kind !== "locked" || (await stack.breakOwnLock(outcome.owners, earlier)) === "not ours") return outcome;
  await journal.write("lock-broken", step, { owners: outcome.owners.map(({ host, pid }) => ({ host, pid })) });
  return await work();
}

/**
 * One try: the intent is recorded before the engine's process, and the process before it does anything, so that a killed runner's
 * successor can tell. What an interrupted update before it has left halfway is read first.
 */
async function tryUpdate(
  run: Run,
  step: string | null,
  { from, to, touches, policies = "judged", begun: when = "anew" }: Move,
): Promise<Outcome> {
  const { session, journal } = run;
  const { stack } = session;
  const interrupted = journal.progress().updating !== null;
  const undeleted = interrupted ? await awaitDeletions(run) : [];
  const left = when === "before" || interrupted ? await leftovers(run, to) : [];
  await journal.write("updating", step, { from, to, touches });
  const earlier = journal.progress().engines;
  const begun = noteEngine(journal, step);
  if (undeleted.length > 0) return { kind: "failed", problems: undeleted };
  if (interrupted) {
    const read = await unlocked(run, step, earlier, () => stack.readHalfway(readAnyway(run), begun));
    if (read.kind !== "done") return read;
  }
  const issued = issuedIn(journal.progress());
  const update = (existing: Existing) =>
    unlocked(run, step, earlier, () => stack.update({ from, to }, { policies, begun, issued, existing }));
  if (left.length === 0) return await update("refused");
  await journal.write("adopting", step, { objects: left.map(({ resource, name }) => `${resource}/${name}`) });
  const outcome = await update("adopted");
  return isScaled(outcome) ? await update("adopted by force") : outcome;
}

/** Drops what interrupted updates have left as pending, where this one has adopted it all. */
async function settlePending({ session, journal }: Run, step: string | null): Promise<void> {
  const { stack } = session;
  const pending = await stack.pending();
  const { adopted, unknown } = pending;
  if (unknown.length > 0) await journal.write("pending-left", step, { unknown });
  if (adopted.length === 0 || unknown.length > 0) return;
  await stack.clearPending(pending, noteEngine(journal, step));
  await journal.write("pending-cleared", step, { adopted });
}

/**
 * Makes an update and records its end; an engine that was killed is started again from where the stack then stands.
 * @throws Refusal (exit 4) where one was killed and others then stood in the way: it may have made something, so the change stays open
 */
export async function recordedUpdate(run: Run, step: string | null, move: Move): Promise<Outcome> {
  const { session, journal } = run;
  const { to } = move;
  let { from } = move;
  let outcome = await tryUpdate(run, step, move);
  let wasInterrupted = outcome.kind === "interrupted";
  for (let tries = 1; tries < TRIES; tries += 1) {
    if (outcome.kind !== "interrupted" && outcome.kind !== "locked") break;
    if (outcome.kind === "locked") {
      const pause = session.clock.now() + LOCK_PAUSE * (0.5 + Math.random());
      await session.clock.sleepUntil(pause, new AbortController().signal);
    }
    if (outcome.kind === "interrupted") from = stateHash(await ownState(run));
    outcome = await tryUpdate(run, step, { ...move, from });
    wasInterrupted ||= outcome.kind === "interrupted";
  }
  if (wasInterrupted && (outcome.kind === "locked" || outcome.kind === "moved")) throw await heldUp(run, outcome);
  if (outcome.kind !== "done") return outcome;
  if (journal.progress().disturbed) await settlePending(run, step);
  const { seconds, changes, resources: diff = [] } = outcome;
  await journal.write("updated", step, { to: stateHash(to), seconds, weights: weightsOf(to), changes, diff });
  return outcome;
}

/** How an update ended that wasn't made. */
export type NotDone = Exclude<Outcome, { kind: "done" }>;

/** The refusal of an update that others stand in the way of; what stands is theirs. */
export async function heldUp(run: Run, outcome: Extract<NotDone, { kind: "locked" | "moved" }>): Promise<Refusal> {
  const { session, journal } = run;
  if (outcome.kind === "moved") return movedOn(run, await session.stack.state());
  const { name } = session.stack;
  const remedy = `${journal.change} waits for it: run \`runbook resume --stack ${name}\` when it has ended; only where its process is known to be dead, \`pulumi cancel --stack ${name}\` first`;
  return busy(...outcome.problems, remedy);
}
