import { combine, type GateName, type Json, type Target, type Verdict } from "../../gates/index.ts";
import { asOfNow } from "../../metrics/own-requests.ts";
import type { ReadCounters } from "../../metrics/reading.ts";
import type { Journal } from "../journal.ts";
import type { Plan, Step } from "../plan.ts";
import type { RunnerSession } from "../session.ts";
import { sending } from "./own-requests.ts";

/** What one look at a gate came to. */
export interface Look {
  name: GateName;
  verdict: Verdict;
  memory: Json;
}

/** What the gates are asked about, and by whom. */
export interface Looking {
  step: string | null;
  target: Target;
  memory: Readonly<Record<string, Json>>;
  signal: AbortSignal;
}

/** One look at the named gates of a release, side by side; each comes as soon as it has its verdict. */
export async function* lookAtGates(
  session: RunnerSession,
  journal: Journal,
  names: readonly GateName[],
  { target, memory, signal }: Looking,
): AsyncGenerator<Look> {
  const counters = once(session.counters);
  const own = asOfNow(journal.progress().own, session.recorder);
  const observe = async (name: GateName) => {
    const observed = await session.gates[name].observe({
      target,
      counters,
      latencies: session.latencies,
      own,
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

/** All gates of a round read the same answer of the counters. */
function once(read: ReadCounters): ReadCounters {
  let answer: ReturnType<ReadCounters> | null = null;
  return () => {
    answer ??= read();
    return answer;
  };
}

/** Writes each verdict into the record as it comes; the first that fails ends the look, and the others are called off. */
async function record(
  session: RunnerSession,
  journal: Journal,
  names: readonly GateName[],
  looking: Looking,
): Promise<Verdict[]> {
  const over = new AbortController();
  const signal = AbortSignal.any([looking.signal, over.signal]);
  const verdicts: Verdict[] = [];
  for await (const { name, verdict, memory } of lookAtGates(session, journal, names, { ...looking, signal })) {
    verdicts.push(verdict);
    await journal.write("gate", looking.step, { ...verdict, gate: name, memory });
    if (verdict.answer === "fail") break;
  }
  over.abort();
  return verdicts;
}

const failed = (verdicts: readonly Verdict[]) => verdicts.some(({ answer }) => answer === "fail");

/**
 * One look at every gate of the step; each verdict with its evidence goes into the record as it comes. Gates that read counters
 * look first, and where our own last requests may not be counted yet, no more are sent: else they never would be known to
 * be. The first gate that fails ends the round, since every moment that a bad release keeps its traffic is one too many.
 */
export async function observeGates(
  session: RunnerSession,
  journal: Journal,
  plan: Plan,
  step: Step,
  signal: AbortSignal,
): Promise<void> {
  const target = await session.target(step.subject ?? plan);
  const looking = { step: step.name, target, memory: journal.progress().memory, signal };
  const reading = step.gates.filter((name) => session.gates[name].reads === "counters");
  const sent = step.gates.filter((name) => session.gates[name].reads !== "counters");
  const verdicts = await record(session, journal, reading, looking);
  const doubtful = verdicts.some(({ evidence }) => evidence.look === "in doubt");
  if (sent.length > 0 && !failed(verdicts) && !doubtful) {
    verdicts.push(...(await sending(session, journal, step.name, () => record(session, journal, sent, looking))));
  }
  const holding = verdicts.filter(({ answer }) => answer === "hold").map(({ gate, summary }) => `${gate}: ${summary}`);
  await journal.write("round", step.name, { answer: combine(verdicts), holding });
}
