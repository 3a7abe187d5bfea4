import type { Plan, Step } from "../../change/plan.ts";
import { formatDuration } from "../../domain/durations.ts";
import { stableRelease } from "../../domain/releases.ts";
import { STARTED } from "../canary-gates.ts";
import type { PlanInput } from "../input.ts";
import { addStep, finishSteps, migrateSteps, shift, step } from "../moves.ts";
import { limitsAmong } from "../own-gates.ts";

/** Runbook 1, steps 3 and 4: migrate, release and soak on staging. */
export function deploy({ base, release, actor, timing, soak, ownGates }: PlanInput<"deploy">): Plan {
  const stable = stableRelease(base);
  const steps: Step[] = [
    ...migrateSteps(base, release, actor),
    addStep(release, actor, STARTED),
    step({
      name: "shift",
      title: "move all traffic to it",
      touches: "weights",
      gates: STARTED,
      move: shift(release, stable, 100, actor),
    }),
    step({
      name: "soak",
      title: `soak for ${formatDuration(soak.nominal)}`,
      gates: ["health", "readiness", "pods", "error-rate", "websocket", ...limitsAmong(ownGates)],
      bakeFor: soak.wall,
    }),
    ...finishSteps(base, release, actor),
  ];
  return { runbook: "deploy", steps, release, stable, base, undo: null, timing };
}
