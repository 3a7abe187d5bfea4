import type { Effect } from "../effect.ts";
import { whileCounting } from "./count.ts";
import { knownState } from "./known-state.ts";
import { sending } from "./own-requests.ts";
import { stuckAt } from "./stuck.ts";

/** How long the cluster and the Gateway may take to show an update, in milliseconds. */
const WITHIN = 60_000;

/** Reads the actuator back after an update: what the engine calls done is not yet evidence. */
export const readBackStep: Effect<"read-back"> = async (run, { step }) => {
  const { session, journal, plan } = run;
  const subject = step.subject ?? plan;
  const target = await session.target(subject);
  const timeout = Math.max(WITHIN, session.readyWithin ?? 0);
  const state = knownState(run);
  const warm = [subject.release.id, ...(state.baseline === null ? [] : [state.baseline.copy])];
  const verdict = await whileCounting(run, step, (signal) =>
    sending(run, step.name, () => session.readBack(state, target, { warm, timeout, signal })),
  );
  if (verdict === null) return null;
  await journal.write("read-back", step.name, { ...verdict });
  const reason = `not as asked after the update: ${verdict.summary}`;
  if (verdict.answer === "pass") await journal.write("settled", step.name, {});
  else if (step.onFailure === "stop") throw await stuckAt(run, step, [reason]);
  else await journal.write("failed", step.name, { reason });
  return null;
};
