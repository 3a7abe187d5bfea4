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

/** One look at the named gates of a release, side by side; each comes as soon as it has its verdict. */
export async function* lookAtGates(
  session: RunnerSession,
  of: Pick<Plan, "release" | "stable">,
  names: readonly GateName[],
  memory: Readonly<Record<string, Json>>,
  signal: AbortSignal,
): AsyncGenerator<Look> {
  const target = await session.target(of);
  const observe = async (name: GateName) => {
    const observed = await session.gates[name].observe({
      target,
      counters: session.counters,
      latencies: session.latencies,
      limits: session.limits,
      memory: memory[name] ?? null,
      signal,
      now: session.clock.now(),
    });
    return { name, ...observed };
  };
  const left = new Map(names.map((name) => [name, observe(name)]));
  while (left.size > 0) {
    const look = await Promise.race(left.values());
    left.delete(look.name);
    yield look;
  }
}

/**
 * One look at every gate of the step; each verdict with its evidence goes into the record as it comes. The first that fails
 * ends the round: the others are called off, since every moment that a bad release keeps its traffic is one too many.
 */
export async function observeGates(
  session: RunnerSession,
  journal: Journal,
  plan: Plan,
  step: Step,
  signal: AbortSignal,
): Promise<void> {
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const verdicts: Verdict[] = [];
  for await (const look of lookAtGates(session, step.subject ?? plan, step.gates, journal.progress().memory, either)) {
    const { name, verdict, memory } = look;
    verdicts.push(verdict);
    await journal.write("gate", step.name, { ...verdict, gate: name, memory });
    if (verdict.answer === "fail") break;
  }
  over.abort();
  await journal.write("round", step.name, { answer: combine(verdicts) });
}
