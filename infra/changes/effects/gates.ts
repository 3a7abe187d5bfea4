import { combine, type GateName, type Json, type Verdict } from "../../gates/index.ts";
import type { Journal } from "../journal.ts";
import type { Plan, Step } from "../plan.ts";
import type { RunnerSession } from "../session.ts";

/** What one look at a gate came to. */
export interface Look {
  name: GateName;
  verdict: Verdict;
  memory: Json;
}

/** One look at the named gates of a release, side by side. */
export async function lookAtGates(
  session: RunnerSession,
  of: Pick<Plan, "release" | "stable">,
  names: readonly GateName[],
  memory: Readonly<Record<string, Json>>,
  signal: AbortSignal,
): Promise<Look[]> {
  const target = await session.target(of);
  const observe = async (name: GateName) => {
    const observed = await session.gates[name].observe({
      target,
      counters: session.counters,
      limits: session.limits,
      memory: memory[name] ?? null,
      signal,
      now: session.clock.now(),
    });
    return { name, ...observed };
  };
  return Promise.all(names.map(observe));
}

/** One look at every gate of the step; each verdict with its evidence goes into the record. */
export async function observeGates(
  session: RunnerSession,
  journal: Journal,
  plan: Plan,
  step: Step,
  signal: AbortSignal,
): Promise<void> {
  const looks = await lookAtGates(session, step.subject ?? plan, step.gates, journal.progress().memory, signal);
  for (const { name, verdict, memory: kept } of looks) {
    await journal.write("gate", step.name, { ...verdict, gate: name, memory: kept });
  }
  await journal.write("round", step.name, { answer: combine(looks.map(({ verdict }) => verdict)) });
}
