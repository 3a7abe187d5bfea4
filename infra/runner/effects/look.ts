import type { Json } from "../../domain/json.ts";
import type { GateName, Target, Verdict } from "../../gates/index.ts";
import type { OwnRequests } from "../../metrics/own-requests.ts";
import type { ReadCounters } from "../../metrics/reading.ts";
import type { Run } from "../effect.ts";
import type { RunnerSession } from "../session.ts";

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
  /** what the change has sent itself */
  own: OwnRequests;
  signal: AbortSignal;
  /** when the step began, in milliseconds since the epoch */
  since: number;
}

/** One look at the named gates of a release, side by side; each comes as soon as it has its verdict. */
export async function* lookAtGates(
  session: RunnerSession,
  names: readonly GateName[],
  { target, memory, own, signal, since }: Looking,
): AsyncGenerator<Look> {
  const counters = once(session.counters);
  const observe = async (name: GateName) => {
    const observed = await session.gates[name].observe({
      target,
      counters,
      own,
      pods: session.pods,
      ownMetrics: session.ownMetrics ?? [],
      limits: session.limits,
      memory: memory[name] ?? null,
      signal,
      since,
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
export async function record(
  { session, journal }: Pick<Run, "session" | "journal">,
  names: readonly GateName[],
  looking: Looking,
): Promise<Verdict[]> {
  const over = new AbortController();
  const signal = AbortSignal.any([looking.signal, over.signal]);
  const verdicts: Verdict[] = [];
  for await (const { name, verdict, memory } of lookAtGates(session, names, { ...looking, signal })) {
    verdicts.push(verdict);
    await journal.write("gate", looking.step, { ...verdict, gate: name, memory });
    if (verdict.answer === "fail") break;
  }
  over.abort();
  return verdicts;
}
