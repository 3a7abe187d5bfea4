import type { ChangeEvent } from "../../records/events.ts";
import { type Answer, dataOf, errorRateEvidence, latencyEvidence } from "./event-data.ts";

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

interface Counted {
  requests: number;
  errors: number;
}

/** What a sequential test said in one look. */
export interface TestLook extends Place {
  answer: Answer;
  e: number;
  threshold: number | null;
}

/** One look of the error rate's gate. */
export interface ErrorLook extends TestLook {
  canary: Counted;
  stable: Counted | null;
}

/** Requests and two of their durations in milliseconds; null: above every bound of the histogram, or no request. */
interface Timed {
  requests: number;
  p50: number | null;
  p99: number | null;
}

/** One look of the latency's gate. */
export interface LatencyLook extends TestLook {
  canary: Timed;
  stable: Timed | null;
}

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

/** Every look of the error rate's gate that had numbers (pure). */
export function errorLooksIn(events: readonly ChangeEvent[]): ErrorLook[] {
  return events.flatMap((event) => {
    const gate = dataOf("gate", event);
    const evidence = errorRateEvidence.safeParse(gate?.evidence);
    if (gate?.gate !== "error-rate" || !evidence.success) return [];
    const { canary, stable, e, threshold } = evidence.data;
    return [
      { ...placeOf(event), answer: gate.answer, canary, stable: stable ?? null, e, threshold: threshold ?? null },
    ];
  });
}

/** Every look of the latency's gate that had numbers (pure). */
export function latencyLooksIn(events: readonly ChangeEvent[]): LatencyLook[] {
  return events.flatMap((event) => {
    const gate = dataOf("gate", event);
    const evidence = latencyEvidence.safeParse(gate?.evidence);
    if (gate?.gate !== "latency" || !evidence.success) return [];
    const { canary, stable, e, threshold } = evidence.data;
    return [
      { ...placeOf(event), answer: gate.answer, canary, stable: stable ?? null, e, threshold: threshold ?? null },
    ];
  });
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
