import type { ChangeEvent } from "../../infra/records/events.ts";
import { type Random, seeded } from "../bench/gates/random.ts";

/**
 * When a kill falls, by the write of an event to the record: before its first byte, with half of it written, with the line on
 * the disk but nothing after it, or somewhere on the way to the next one, in the middle of an update or of a gate.
 */
export const MOMENTS = ["before", "torn", "after", "during"] as const;
export type Moment = (typeof MOMENTS)[number];

/** The runner, the engine and the providers that the engine has started: what a machine's own end takes. */
export const EVERYTHING = "runner, engine and providers";
const VICTIMS = ["runner and engine", "runner", "engine"] as const;

/** Where a kill -9 falls: by the first event of this type (and gate) in this step. */
export interface Point {
  step: string | null;
  type: string;
  /** of an event of the type `gate`, else null */
  gate: string | null;
  moment: Moment;
  /** milliseconds after the event, for "during"; else 0 */
  delay: number;
  victim: (typeof VICTIMS)[number] | typeof EVERYTHING;
}

/** The longest that a kill waits for its place between two events, in milliseconds. */
const LONGEST = 10_000;
/** The end of an update is looked for up to its own event, not only to the next one. */
const UPDATE = { begins: "engine-started", ends: "updated" };

/** The gate that an event tells of, or null. */
export function gateOf({ type, data }: Pick<ChangeEvent, "type" | "data">): string | null {
  return type === "gate" && typeof data.gate === "string" ? data.gate : null;
}

const placeOf = (event: ChangeEvent): string => JSON.stringify([event.step, event.type, gateOf(event)]);

function during(event: ChangeEvent, next: ChangeEvent | undefined, random: Random): number {
  const length = next === undefined ? 0 : Date.parse(next.at) - Date.parse(event.at);
  return Math.round(Math.min(length, LONGEST) * random());
}

/**
 * Every place of a run that wasn't killed, for one moment: each type of event once a step, each gate's verdict once a step. In
 * the middle of an update each kind of victim takes its turn (pure; the same seed gives the same points).
 */
export function pointsFor(events: readonly ChangeEvent[], moment: Moment, seed: number): Point[] {
  const random = seeded(seed);
  const firsts = new Map<string, number>();
  for (const [index, event] of events.entries()) {
    if (!firsts.has(placeOf(event))) firsts.set(placeOf(event), index);
  }
  let updates = 0;
  return [...firsts.values()].flatMap((index): Point[] => {
    const event = events[index];
    if (event === undefined) return [];
    const { step, type } = event;
    const point = { step, type, gate: gateOf(event), moment, delay: 0, victim: "runner" } as const;
    if (moment !== "during") return [point];
    const isUpdate = type === UPDATE.begins;
    const next = events.slice(index + 1).find((later) => !isUpdate || later.type === UPDATE.ends);
    if (next === undefined) return [];
    const victim = isUpdate ? (VICTIMS[(updates + seed) % VICTIMS.length] ?? "runner") : "runner";
    if (isUpdate) updates += 1;
    return [{ ...point, delay: during(event, next, random), victim }];
  });
}

/** A point in words. */
export function pointText({ step, type, gate, moment, delay, victim }: Point): string {
  const event = `${type}${gate === null ? "" : ` ${gate}`}${step === null ? "" : ` of ${step}`}`;
  const when = { before: "before", torn: "in the write of", after: "after", during: `${delay} ms after` }[moment];
  return `${victim} ${when} ${event}`;
}
