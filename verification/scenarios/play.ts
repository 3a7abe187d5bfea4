import type { Scenario, Seen } from "./scenario.ts";
import { inWorld, type Parts, type WorldOptions } from "./world.ts";

/** How a scenario went on one kind of parts. */
export type Played =
  | { outcome: "holds"; seconds: number; seen: Seen }
  | { outcome: "fails"; seconds: number; why: string }
  /** it has no stand-in */
  | { outcome: "left out" };

/** Plays a scenario in a world of its own. */
export async function play(scenario: Scenario, options: Omit<WorldOptions, "stages" | "settings">): Promise<Played> {
  if (!scenario.on.includes(options.parts)) return { outcome: "left out" };
  const startedAt = performance.now();
  const seconds = () => (performance.now() - startedAt) / 1_000;
  const { stages, settings = {} } = scenario;
  try {
    const seen = await inWorld({ ...options, stages, settings }, (world) => scenario.play(world));
    return { outcome: "holds", seconds: seconds(), seen };
  } catch (error) {
    return { outcome: "fails", seconds: seconds(), why: error instanceof Error ? error.message : String(error) };
  }
}

/** What two kinds of parts have shown differently: a difference is the stand-in's failure (pure). */
export function differing(one: Seen, other: Seen): string[] {
  const names = [...new Set([...Object.keys(one), ...Object.keys(other)])];
  return names.flatMap((name) => {
    const [a, b] = [JSON.stringify(one[name]), JSON.stringify(other[name])];
    return a === b ? [] : [`${name}: ${a} and ${b}`];
  });
}

/** A scenario on all the parts that it was played on. */
export interface Row {
  scenario: Scenario;
  played: Partial<Record<Parts, Played>>;
}

/** What is wrong with a scenario, in words; empty where it holds everywhere and nothing differs (pure). */
export function wrongWith({ played }: Row): string[] {
  const all = Object.entries(played);
  const failed = all.flatMap(([parts, one]) => (one.outcome === "fails" ? [`on ${parts}: ${one.why}`] : []));
  const [a, b] = all.flatMap(([, one]) => (one.outcome === "holds" ? [one.seen] : []));
  return [
    ...failed,
    ...(a === undefined || b === undefined ? [] : differing(a, b).map((line) => `they differ: ${line}`)),
  ];
}
