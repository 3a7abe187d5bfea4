import type { Plan, Step } from "../../change/plan.ts";
import type { Journal } from "../journal.ts";
import type { RunnerSession } from "../session.ts";
import { whileCounting } from "./count.ts";
import { sending } from "./own-requests.ts";
import { knownState } from "./standing.ts";
import { stuck } from "./stuck.ts";

/** How long the cluster and the Gateway may take to show an update, in milliseconds. */
const WITHIN = 60_000;

/** Reads the actuator back after an update: what the engine calls done is not yet evidence. */
export async function readBackStep(
  session: RunnerSession,
  journal: Journal,
  plan: Plan,
  step: Step,
  signal: AbortSignal,
): Promise<void> {
  const subject = step.subject ?? plan;
  const target = await session.target(subject);
  const timeout = Math.max(WITHIN, session.readyWithin ?? 0);
  const state = knownState(journal, plan);
  const warm = [subject.release.id, ...(state.baseline === null ? [] : [state.baseline.copy])];
  const verdict = await whileCounting(session, journal, plan, step, signal, (signal) =>
    sending(session, journal, step.name, () => session.readBack(state, target, { warm, timeout, signal })),
  );
  if (verdict === null) return;
  await journal.write("read-back", step.name, { ...verdict });
  if (verdict.answer === "pass") await journal.write("settled", step.name, {});
  else if (step.onFailure === "stop") {
    const problems = [`not as asked after the update: ${verdict.summary}`];
    throw await stuck(session, journal, step.name, `"${step.title}"`, knownState(journal, plan), problems);
  } else await journal.write("failed", step.name, { reason: `not as asked after the update: ${verdict.summary}` });
}
