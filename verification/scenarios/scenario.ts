import type { Stage } from "../../sandbox/cloud/accounts.ts";
import type { Parts, World } from "./world.ts";

/** What a scenario has seen that has to be the same on every kind of parts. */
export type Seen = Readonly<Record<string, string | number | boolean | readonly (string | number)[]>>;

/** A course of events on two stacks with version 1, and what has to hold in it. */
export interface Scenario {
  name: string;
  title: string;
  /** which stacks need their first update */
  stages: readonly Stage[];
  /** settings that differ from the committed ones */
  settings?: Readonly<Record<string, unknown>>;
  /** where it can be played: what has no stand-in is played on real parts alone */
  on: readonly Parts[];
  /** Plays it. @throws Error where something doesn't hold */
  play(world: World): Promise<Seen>;
}
