import type { ChangeEvent } from "../../infra/changes/record/events.ts";
import { type Random, seeded } from "../bench/gates/random.ts";
import type { Point } from "./runner-process.ts";

const VICTIMS = ["runner and engine", "runner", "engine"] as const;
/** Events after which a runner is about to write, ask a gate or begin an update. */
const BETWEEN = new Set([
  "planned",
  "step-started",
  "previewed",
  "updated",
  "settled",
  "gate",
  "round",
  "step-finished",
  "abort-requested",
  "restore-started",
  "cleaned",
]);
/** How long after an event a kill between two effects falls, at most, in milliseconds. */
const SOON = 40;

function pick<T>(random: Random, values: readonly T[]): T | undefined {
  return values[Math.floor(random() * values.length)];
}

/**
 * Chooses where to kill, from the record of a run that wasn't: every update once, somewhere in its length and each kind of
 * victim in turn, and a number of places between two effects. The same seed gives the same points.
 */
export function pointsFor(events: readonly ChangeEvent[], seed: number, between: number): Point[] {
  const random = seeded(seed);
  const places = events.filter(
    ({ type, step }, index) => index === events.findIndex((event) => event.type === type && event.step === step),
  );
  const updates = places.filter(({ type }) => type === "engine-started");
  const others = places.filter(({ type }) => BETWEEN.has(type));
  const chosen = new Set<ChangeEvent>();
  while (chosen.size < Math.min(between, others.length)) {
    const event = pick(random, others);
    if (event !== undefined) chosen.add(event);
  }
  return places.flatMap((event): Point[] => {
    const { step, type } = event;
    const turn = updates.indexOf(event);
    if (turn >= 0) {
      const end = events.find(({ seq, type: later }) => seq > event.seq && later === "updated");
      const length = end === undefined ? 1_000 : Date.parse(end.at) - Date.parse(event.at);
      const victim = VICTIMS[(turn + seed) % VICTIMS.length] ?? "runner";
      return [{ step, type, delay: Math.round(length * random()), victim }];
    }
    // The update that removes the failed release follows when the drain is over, and bears no step's name either.
    if (type === "restored") {
      return [{ step, type, delay: Math.round(1_000 + 2_000 * random()), victim: "runner and engine" }];
    }
    return chosen.has(event) ? [{ step, type, delay: Math.round(SOON * random()), victim: "runner" }] : [];
  });
}
