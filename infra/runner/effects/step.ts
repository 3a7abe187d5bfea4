import { GATE_NAMES } from "../../gates/index.ts";
import type { Effect } from "../effect.ts";
import { heedInvariants } from "./invariants.ts";
import { stuckAt } from "./stuck.ts";

/** Begins a step, unless an invariant is broken before it. */
export const start: Effect<"start"> = async (run, { step }) => {
  if ((await heedInvariants(run, step)) === "kept") {
    await run.journal.write("step-started", step.name, { title: step.title });
  }
  return null;
};

/** Notes that a step which changes nothing needs no reading back. */
export const settle: Effect<"settle"> = async ({ journal }, { step }) => {
  await journal.write("settled", step.name, {});
  return null;
};

/** Ends a step, unless an invariant is broken behind the last; what a gate has learnt of the change goes on into the next one. */
export const finish: Effect<"finish"> = async (run, { step }) => {
  const { session, journal, plan } = run;
  if (step === plan.steps.at(-1) && (await heedInvariants(run, step)) === "broken") return null;
  const { startedAt, memory } = journal.progress();
  const kept = GATE_NAMES.flatMap((name) => {
    const learnt = name in memory ? (session.gates[name].forNextStep?.(memory[name] ?? null) ?? null) : null;
    return learnt === null ? [] : [[name, learnt] as const];
  });
  const seconds = startedAt === null ? 0 : (session.clock.now() - startedAt) / 1_000;
  const { name, restorePoint } = step;
  await journal.write("step-finished", name, { seconds, memory: Object.fromEntries(kept), restorePoint });
  return null;
};

/** Notes a step's failure: from here on the change goes back. */
export const fail: Effect<"fail"> = async ({ journal }, { step, reason }) => {
  await journal.write("failed", step.name, { reason });
  return null;
};

/** Gives a step up that can't be taken back. @throws Refusal (exit 70) */
export const stop: Effect<"stop"> = async (run, { step, reason }) => {
  throw await stuckAt(run, step, [reason]);
};
