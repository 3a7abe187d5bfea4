import type { Plan, Step } from "../../change/plan.ts";
import { formatDuration } from "../../domain/durations.ts";
import { type ReleaseState, stableRelease } from "../../domain/releases.ts";
import { countedOf } from "../../gates/counted.ts";
import type { GateName } from "../../gates/index.ts";
import { freshCopy, shiftBeside, withBaseline, withoutBaselineStep } from "../baseline.ts";
import { CANARY } from "../canary-gates.ts";
import type { PlanInput } from "../input.ts";
import { addStep, finishSteps, migrateSteps, shift, step } from "../moves.ts";
import { limitsAmong, ownGatesAt } from "../own-gates.ts";

const SMOKE: readonly GateName[] = [
  "health",
  "readiness",
  "pods",
  "websocket",
  "session-continuity",
  "login",
  "documents",
];
const JOURNEYS: readonly GateName[] = [...CANARY, "login", "documents", "beneficiaries", "budgets"];

/** Runbook 1, steps 5 and 6: the canary to production and the checks after it. */
export function promote(input: PlanInput<"promote">): Plan {
  const { base, release, actor, timing, weights, stepFor, checks, guarded, ownGates } = input;
  const stable = stableRelease(base);
  const copy = input.freshBaseline ? freshCopy(stable, actor) : null;
  const shifted = (weight: number) =>
    copy === null ? shift(release, stable, weight, actor) : shiftBeside({ release, stable, copy }, weight, actor);
  const canary = weights.map(
    (weight): Step =>
      step({
        name: `canary-${weight}`,
        title: `${weight} % of the traffic`,
        touches: "weights",
        gates: [...CANARY, ...ownGatesAt(weight, ownGates)],
        bakeFor: stepFor,
        subject: copy === null ? null : { release, stable: copy },
        move: shifted(weight),
      }),
  );
  const after = canary.at(-1)?.name ?? "release";
  const verify = checks.map(({ nominal, wall }): Step => {
    const mark = formatDuration(nominal).replaceAll(" ", "");
    return step({
      name: `check-${mark}`,
      title: `check at T+${mark}`,
      gates: [...JOURNEYS, ...limitsAmong(ownGates)],
      due: { after, offset: wall },
      watch: guarded ? countedOf(JOURNEYS) : [],
    });
  });
  const add = addStep(release, actor, SMOKE);
  const steps = [
    ...migrateSteps(base, release, actor),
    copy === null ? add : { ...add, move: (state: ReleaseState) => withBaseline(add.move(state), stable, copy) },
    ...canary,
    ...(copy === null ? [] : [withoutBaselineStep(copy, actor)]),
    ...verify,
    ...finishSteps(base, release, actor),
  ];
  return { runbook: "promote", steps, release, stable, base, undo: null, timing };
}
