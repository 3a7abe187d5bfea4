import type { Plan } from "../../change/plan.ts";
import { lastMove } from "../../change/progress.ts";
import { type ReleaseState, stableRelease, stateHash, weightsOf, withoutJobs } from "../../domain/releases.ts";
import { asOfNow } from "../../metrics/own-requests.ts";
import type { Journal } from "../journal.ts";
import type { RunnerSession } from "../session.ts";
import { announce } from "./announce.ts";
import { leftovers, nameOrphans } from "./leftovers.ts";
import { lookAtGates } from "./look.ts";
import { sending } from "./own-requests.ts";
import { knownState, ownState, returnPoint } from "./standing.ts";
import { stuck } from "./stuck.ts";
import { heldUp, recordedUpdate } from "./update.ts";

/** The state now, asked of the stack where an update was under way. */
async function currentState(session: RunnerSession, journal: Journal, plan: Plan): Promise<ReleaseState> {
  if (journal.progress().updating === null) return knownState(journal, plan);
  return await ownState(session, journal, plan);
}

/**
 * The weights of before the change on the releases of now: the quick way back, no pod starts or stops (pure). Where a
 * release that had traffic is gone already, it is made again.
 */
export function backToBaseWeights(current: ReleaseState, base: ReleaseState): ReleaseState {
  const weights = weightsOf(base);
  const standing = new Set(current.releases.map(({ id }) => id));
  if (base.releases.some(({ id, weight }) => weight > 0 && !standing.has(id))) return backToBase(current, base);
  return {
    ...current,
    releases: current.releases.map((release) => ({ ...release, weight: weights[release.id] ?? 0 })),
    route: base.route,
  };
}

/** The state of before the change; what was applied to the database stays noted, and no Job of then comes back (pure). */
export function backToBase(current: ReleaseState, base: ReleaseState): ReleaseState {
  return { ...withoutJobs(base), schema: current.schema };
}

async function mustUpdate(
  session: RunnerSession,
  journal: Journal,
  plan: Plan,
  what: string,
  current: ReleaseState,
  to: ReleaseState,
  touches: "bundles" | "weights",
): Promise<void> {
  const outcome = await recordedUpdate(session, journal, plan, null, { from: stateHash(current), to, touches });
  if (outcome.kind === "locked" || outcome.kind === "moved") throw await heldUp(session, journal, plan, outcome);
  if (outcome.kind !== "done") throw await stuck(session, journal, null, what, current, outcome.problems);
}

/** How long the way back is looked at, in milliseconds. */
const WITHIN = 15_000;

/** Moves the weights back to where they were and proves it. */
export async function restore(
  session: RunnerSession,
  journal: Journal,
  plan: Plan,
  signal: AbortSignal,
): Promise<void> {
  const startedAt = session.clock.now();
  if (journal.progress().weights === "touched") {
    await journal.write("restore-started", null, {});
    const current = await currentState(session, journal, plan);
    const to = backToBaseWeights(current, returnPoint(journal, plan));
    await mustUpdate(session, journal, plan, "moving the weights back", current, to, "weights");
    const target = await session.target(plan);
    const look = () => session.readBack(to, target, { warm: [], timeout: WITHIN, signal });
    const verdict = await sending(session, journal, null, look);
    await journal.write("read-back", null, { ...verdict });
    // Pods that aren't ready don't keep the weights from being back: an outage of a backend makes both releases unready.
    if (verdict.answer !== "pass" && verdict.evidence.route !== "as asked") {
      throw await stuck(session, journal, null, "reading the restored weights back", to, [verdict.summary]);
    }
    await lookAtStable(session, journal, plan, signal);
  }
  const seconds = (session.clock.now() - startedAt) / 1_000;
  await journal.write("restored", null, { weights: weightsOf(returnPoint(journal, plan)), seconds });
  await announceOnce(session, journal, plan);
}

/** Users saw it: everybody is told, once. A runner that died in between is made up for before the cleaning. */
async function announceOnce(session: RunnerSession, journal: Journal, plan: Plan): Promise<void> {
  const { weights, announced } = journal.progress();
  if (weights === "touched" && announced === "no") await announce(session, journal, plan, null);
}

/** One look at what serves now. It decides nothing: an outage of a backend makes every release unready. */
async function lookAtStable(session: RunnerSession, journal: Journal, plan: Plan, signal: AbortSignal): Promise<void> {
  if (plan.stable === null) return;
  const target = await session.target({ release: stableRelease(returnPoint(journal, plan)), stable: null });
  const own = asOfNow(journal.progress().own, session.recorder);
  const looking = { step: null, target, memory: {}, own, signal, since: session.clock.now() };
  await sending(session, journal, null, async () => {
    for await (const { name, verdict } of lookAtGates(session, ["health", "readiness"], looking)) {
      await journal.write("gate", null, { ...verdict, gate: name, memory: null });
    }
  });
}

/**
 * Makes a move that was interrupted once more, without its weights: what its engine had begun to create becomes known, so
 * that it can be removed, and a migration that had got through is noted. The same where a provider has ended after it had made
 * something. Where it fails, the rest is removed all the same.
 */
async function adopt(session: RunnerSession, journal: Journal, plan: Plan): Promise<void> {
  const last = lastMove(journal.events());
  if (last === null) return;
  if (last.ended === "yes" && (await leftovers(session, journal, last.to)).length === 0) return;
  const current = await currentState(session, journal, plan);
  const to = backToBaseWeights(last.to, returnPoint(journal, plan));
  const move = { from: stateHash(current), to, touches: "bundles", begun: "before" } as const;
  const outcome = await recordedUpdate(session, journal, plan, last.step, move);
  if (outcome.kind === "locked" || outcome.kind === "moved") throw await heldUp(session, journal, plan, outcome);
  if (outcome.kind !== "done") await journal.write("note", null, { text: outcome.problems.join("; ") });
}

/** Removes what the change had added, and ends the change. What no update can remove is named. */
export async function clean(session: RunnerSession, journal: Journal, plan: Plan): Promise<void> {
  await announceOnce(session, journal, plan);
  if (journal.progress().stack === "touched") {
    await adopt(session, journal, plan);
    const current = await currentState(session, journal, plan);
    const to = backToBase(current, returnPoint(journal, plan));
    await mustUpdate(session, journal, plan, "removing the failed release", current, to, "bundles");
    await nameOrphans(session, journal, lastMove(journal.events())?.to ?? to);
  }
  await journal.write("cleaned", null, {});
}
