import { type ReleaseState, stableRelease, weightsOf } from "../../domain/releases.ts";
import { asOfNow } from "../../metrics/own-requests.ts";
import type { Effect, Run } from "../effect.ts";
import { announceOnce } from "./announce.ts";
import { backToBaseWeights, mustUpdate } from "./back-to-base.ts";
import { currentState, returnPoint } from "./known-state.ts";
import { lookAtGates } from "./look.ts";
import { sending } from "./own-requests.ts";
import { stuck } from "./stuck.ts";

/** How long the way back is looked at, in milliseconds. */
const WITHIN = 15_000;

/** Moves the weights back to where they were and proves it. */
export const restore: Effect<"restore"> = async (run) => {
  const { session, journal } = run;
  const startedAt = session.clock.now();
  if (journal.progress().weightsTouched) {
    await journal.write("restore-started", null, {});
    const current = await currentState(run);
    const to = backToBaseWeights(current, returnPoint(run));
    await mustUpdate(run, "moving the weights back", current, { to, touches: "weights" });
    await proveBack(run, to);
    await lookAtStable(run);
  }
  const seconds = (session.clock.now() - startedAt) / 1_000;
  await journal.write("restored", null, { weights: weightsOf(returnPoint(run)), seconds });
  await announceOnce(run);
  return null;
};

/** Reads the restored weights back. @throws Refusal (exit 70) where the route isn't as asked */
async function proveBack(run: Run, to: ReleaseState): Promise<void> {
  const { session, journal, plan, signal } = run;
  const target = await session.target(plan);
  const look = () => session.readBack(to, target, { warm: [], timeout: WITHIN, signal });
  const verdict = await sending(run, null, look);
  await journal.write("read-back", null, { ...verdict });
  // Pods that aren't ready don't keep the weights from being back: an outage of a backend makes both releases unready.
  if (verdict.answer !== "pass" && verdict.evidence.route !== "as asked") {
    throw await stuck(run, null, "reading the restored weights back", to, [verdict.summary]);
  }
}

/** One look at what serves now. It decides nothing: an outage of a backend makes every release unready. */
async function lookAtStable(run: Run): Promise<void> {
  const { session, journal, plan, signal } = run;
  if (plan.stable === null) return;
  const target = await session.target({ release: stableRelease(returnPoint(run)), stable: null });
  const own = asOfNow(journal.progress().own, session.recorder);
  const looking = { step: null, target, memory: {}, own, signal, since: session.clock.now() };
  await sending(run, null, async () => {
    for await (const { name, verdict } of lookAtGates(session, ["health", "readiness"], looking)) {
      await journal.write("gate", null, { ...verdict, gate: name, memory: null });
    }
  });
}
