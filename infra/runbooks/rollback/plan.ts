import type { Plan, Step } from "../../change/plan.ts";
import { stableRelease, withJob } from "../../domain/releases.ts";
import { STARTED } from "../canary-gates.ts";
import type { PlanInput } from "../input.ts";
import { addStep, alone, backupStep, held, shift, step } from "../moves.ts";

type RollbackInput = PlanInput<"rollback">;

const DATABASE = { touches: "bundles", onFailure: "stop" } as const;

function downSteps({ base, release, actor, schema }: RollbackInput): Step[] {
  if (schema.kind !== "downs") return [];
  const bearer = stableRelease(base);
  const kept = release.manifest.migrations.length;
  return base.schema
    .map((migration, index) => ({ migration, rest: base.schema.slice(0, index) }))
    .slice(kept)
    .reverse()
    .map(({ migration, rest }) =>
      step({
        name: `down-${migration.id}`,
        title: `take ${migration.id} back`,
        ...DATABASE,
        move: (state) => {
          const work = { direction: "down", target: rest.at(-1)?.id ?? "", manifest: schema.manifest } as const;
          return { ...withJob(held(state, actor), bearer, work, actor), schema: rest };
        },
      }),
    );
}

function restoreSteps({ base, release, actor, schema }: RollbackInput): Step[] {
  if (schema.kind !== "restore") return [];
  const { backup } = schema;
  const bearer = stableRelease(base);
  return [
    backupStep(bearer, actor, { name: "keep", id: actor.change, title: `keep what is there now as ${actor.change}` }),
    step({
      name: "restore",
      title: `restore the backup ${backup}`,
      ...DATABASE,
      move: (state) => ({
        ...withJob(held(state, actor), release, { direction: "restore", target: backup }, actor),
        schema: schema.schema,
      }),
    }),
  ];
}

/** Runbook 2: back to a release that once had all traffic. While the target is warm and the schema stays, the first update moves all traffic. */
export function rollback(input: RollbackInput): Plan {
  const { base, release, actor, timing, schema } = input;
  const stable = stableRelease(base);
  const warm = base.releases.some(({ id }) => id === release.id);
  const steps: Step[] = [
    ...(warm ? [] : [addStep(release, actor, STARTED)]),
    ...restoreSteps(input),
    step({
      name: "shift",
      title: `move all traffic back to ${release.manifest.version}`,
      touches: "weights",
      judged: "along",
      gates: STARTED,
      onFailure: schema.kind === "restore" ? "stop" : "restore",
      move: shift(release, stable, 100, actor),
    }),
    step({
      name: "announce",
      title: "announce it and open the ticket",
      tells: "everyone",
    }),
    step({
      name: "drain",
      title: `let the WebSockets of ${stable.manifest.version} drain`,
      bakeFor: timing.drain,
    }),
    ...downSteps(input),
    step({
      name: "finish",
      title: `remove ${stable.manifest.version}`,
      touches: "bundles",
      onFailure: "stop",
      move: (state) => ({ ...alone(state, release), change: null }),
    }),
  ];
  return { runbook: "rollback", steps, release, stable, base, undo: null, timing };
}
