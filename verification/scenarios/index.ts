import { atRest } from "./at-rest.ts";
import { autoscale } from "./autoscale.ts";
import { badVersion } from "./bad-version.ts";
import { calledOff } from "./called-off.ts";
import { deploy } from "./deploy.ts";
import { drain } from "./drain.ts";
import { inPod } from "./in-pod.ts";
import { incident } from "./incident.ts";
import { kills } from "./kills.ts";
import { neverReady } from "./never-ready.ts";
import { noRights } from "./no-rights.ts";
import { promote } from "./promote.ts";
import { releaseKey } from "./release-key.ts";
import { restore } from "./restore.ts";
import { rollbackCold, rollbackWarm } from "./rollback.ts";
import { rotations } from "./rotations.ts";
import type { Scenario } from "./scenario.ts";
import { serve } from "./serve.ts";
import { settingsChange } from "./settings-change.ts";

/** Every scenario, in the order in which they are played. */
export const SCENARIOS: readonly Scenario[] = [
  noRights,
  atRest,
  deploy,
  promote,
  badVersion,
  neverReady,
  releaseKey,
  rollbackWarm,
  rollbackCold,
  restore,
  ...rotations,
  inPod,
  incident,
  settingsChange,
  serve,
  drain,
  autoscale,
  calledOff,
  ...kills,
];
