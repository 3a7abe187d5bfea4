import { atRest } from "./at-rest.ts";
import { deploy } from "./deploy.ts";
import { neverReady } from "./never-ready.ts";
import { restore } from "./restore.ts";
import type { Scenario } from "./scenario.ts";
import { settingsChange } from "./settings-change.ts";

/** Every scenario, in the order in which they are played. */
export const SCENARIOS: readonly Scenario[] = [atRest, deploy, neverReady, settingsChange, restore];
