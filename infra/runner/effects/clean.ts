import { lastMove } from "../../change/progress.ts";
import { stateHash } from "../../domain/releases.ts";
import type { Effect, Run } from "../effect.ts";
import { announceOnce } from "./announce.ts";
import { backToBase, backToBaseWeights, mustUpdate } from "./back-to-base.ts";
import { currentState, returnPoint } from "./known-state.ts";
import { leftovers, nameOrphans } from "./leftovers.ts";
import { heldUp, recordedUpdate } from "./recorded-update.ts";

/**
 * Removes what the change had added, and ends the change. What no update can remove is named. No policy judges it: what it would refuse of
 * the releases that stay couldn't be mended by this change, which then never ended and held the stack.
 */
export const clean: Effect<"clean"> = async (run) => {
  const { journal } = run;
  await announceOnce(run);
  if (journal.progress().stackTouched) {
    await adopt(run);
    const current = await currentState(run);
    const to = backToBase(current, returnPoint(run));
    await mustUpdate(run, "removing the failed release", current, { to, touches: "bundles" });
    await nameOrphans(run, lastMove(journal.events())?.to ?? to);
  }
  await journal.write("cleaned", null, {});
  return null;
};

/**
 * Makes a move that was interrupted once more, without its weights: what its engine had begun to create becomes known, so
 * that it can be removed, and a migration that had got through is noted. The same where a provider has ended after it had made
 * something. Where it fails, the rest is removed all the same.
 */
async function adopt(run: Run): Promise<void> {
  const { journal } = run;
  const last = lastMove(journal.events());
  if (last === null) return;
  if (last.ended && (await leftovers(run, last.to)).length === 0) return;
  const current = await currentState(run);
  const to = backToBaseWeights(last.to, returnPoint(run));
  const move = { from: stateHash(current), to, touches: "bundles", begun: "before" } as const;
  const outcome = await recordedUpdate(run, last.step, move);
  if (outcome.kind === "locked" || outcome.kind === "moved") throw await heldUp(run, outcome);
  if (outcome.kind !== "done") await journal.write("note", null, { text: outcome.problems.join("; ") });
}
