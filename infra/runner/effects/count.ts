import { setTimeout as delay } from "node:timers/promises";
import { FIRST_PAUSE } from "../../change/pace.ts";
import type { Step } from "../../change/plan.ts";
import { countedOf } from "../../gates/counted.ts";
import { type Answer, combine, type GateName } from "../../gates/index.ts";
import { asOfNow, soFar } from "../../metrics/own-requests.ts";
import type { Effect, Run } from "../effect.ts";
import { type Looking, record } from "./look.ts";

/** One look at what is counted, beside everything else; the first that fails ends it. */
export const countStep: Effect<"count"> = async (run, { step, gates }) => {
  await count(run, step, gates, asOfNow(run.journal.progress().own, run.session.recorder));
  return null;
};

async function count(run: Run, step: Step, gates: readonly GateName[], own: Looking["own"]): Promise<Answer> {
  const { session, journal, plan, signal } = run;
  const target = await session.target(step.subject ?? plan);
  const { memory, startedAt } = journal.progress();
  const since = startedAt ?? session.clock.now();
  return combine(await record(run, gates, { step: step.name, target, memory, own, signal, since }));
}

/**
 * Does something that takes its time while a release may have users, with a look at what is counted in every second; one that fails calls
 * it off, since every moment that a bad release keeps its traffic is one too many.
 * @returns what the work came to; null where it was called off
 */
export async function whileCounting<Result>(
  run: Run,
  step: Step,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result | null> {
  const { session, journal, signal } = run;
  const counted = step.touches === "weights" ? countedOf(step.gates) : [];
  if (counted.length === 0) return work(signal);
  const failed = new AbortController();
  const over = new AbortController();
  const before = journal.progress().own.openSince;
  const look = async () => {
    const either = AbortSignal.any([signal, over.signal]);
    while (await hasPassed(FIRST_PAUSE, either)) {
      // What is sent after the counters were read isn't in them: so what was sent is asked for after their answer, and not before.
      const answered = session.counters();
      await answered.catch(() => undefined);
      const { own } = journal.progress();
      // What another runner has left open is known to nobody; what this one sends, it knows request by request.
      const known = own.openSince === before ? asOfNow(own, session.recorder) : soFar(own, session.recorder);
      const read = { ...run, session: { ...session, counters: () => answered } };
      if ((await count(read, step, counted, known)) === "fail") return failed.abort();
    }
  };
  // A look that can't be recorded ends the work as well, and is what went wrong.
  const looking = look().then(
    () => null,
    (error: unknown) => {
      failed.abort();
      return { error };
    },
  );
  const ended = await work(AbortSignal.any([signal, failed.signal])).then(
    (result) => ({ result }),
    (error: unknown) => ({ error }),
  );
  over.abort();
  const trouble = await looking;
  if (trouble !== null) throw trouble.error;
  if (failed.signal.aborted) return null;
  if ("error" in ended) throw ended.error;
  return ended.result;
}

/** Waits for a while; whether it passed without the signal. */
async function hasPassed(milliseconds: number, signal: AbortSignal): Promise<boolean> {
  await delay(milliseconds, undefined, { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
  return !signal.aborted;
}
