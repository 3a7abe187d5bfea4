import type { z } from "zod";
import type { ChangeEvent } from "../../records/events.ts";
import { type Answer, type Counted, dataOf, errorRateEvidence, latencyEvidence, type Timed } from "./event-data.ts";

/** A place in a record. */
export interface Place {
  seq: number;
  /** ISO 8601 */
  at: string;
  step: string | null;
}

/** The weights after an update, by release. */
export interface WeightMove extends Place {
  weights: Readonly<Record<string, number>>;
}

/** What a sequential test said in one look. */
export interface TestLook extends Place {
  answer: Answer;
  e: number;
  threshold: number | null;
}

/** One look of a gate that compares two releases. */
interface ComparedLook<Seen> extends TestLook {
  canary: Seen;
  stable: Seen | null;
}

export type ErrorLook = ComparedLook<Counted>;
export type LatencyLook = ComparedLook<Timed>;

/** What the gates of a step came to together. */
export interface RoundWord extends Place {
  answer: Answer;
}

const placeOf = ({ seq, at, step }: ChangeEvent): Place => ({ seq, at, step });

/** Every time that the weights were left somewhere (pure). */
export function movesIn(events: readonly ChangeEvent[]): WeightMove[] {
  return events.flatMap((event) => {
    const { weights } = dataOf("updated", event) ?? dataOf("restored", event) ?? {};
    return weights === undefined ? [] : [{ ...placeOf(event), weights }];
  });
}

type Evidence<Seen> = { canary: Seen; stable?: Seen | null | undefined; e: number; threshold?: number | undefined };

function looksOf<Seen>(events: readonly ChangeEvent[], name: string, schema: z.ZodType<Evidence<Seen>>) {
  return events.flatMap((event): ComparedLook<Seen>[] => {
    const gate = dataOf("gate", event);
    const evidence = schema.safeParse(gate?.evidence);
    if (gate?.gate !== name || !evidence.success) return [];
    const { canary, stable = null, e, threshold = null } = evidence.data;
    return [{ ...placeOf(event), answer: gate.answer, canary, stable, e, threshold }];
  });
}

/** Every look of the error rate's gate that had numbers (pure). */
export function errorLooksIn(events: readonly ChangeEvent[]): ErrorLook[] {
  return looksOf(events, "error-rate", errorRateEvidence);
}

/** Every look of the latency's gate that had numbers (pure). */
export function latencyLooksIn(events: readonly ChangeEvent[]): LatencyLook[] {
  return looksOf(events, "latency", latencyEvidence);
}

/** The gates' word by step, where it says something new, and the last one of each step (pure). */
export function roundsIn(events: readonly ChangeEvent[]): RoundWord[] {
  const rounds = events.flatMap((event) => {
    const round = dataOf("round", event);
    return round === null ? [] : [{ ...placeOf(event), answer: round.answer }];
  });
  return rounds.filter(({ step, answer }, index) => {
    const [before, after] = [rounds[index - 1], rounds[index + 1]];
    return before?.step !== step || before.answer !== answer || after?.step !== step;
  });
}

/** At most so many of a list, evenly, the first and the last among them (pure). */
export function thinned<T>(list: readonly T[], most: number): T[] {
  if (list.length <= most) return [...list];
  const picked = new Set(
    Array.from({ length: most }, (_, index) => Math.round((index * (list.length - 1)) / (most - 1))),
  );
  return list.filter((_, index) => picked.has(index));
}
