import type { RunbookName, Step } from "../change/plan.ts";
import type { Migration } from "../domain/manifest.ts";
import {
  pendingByPhase,
  type Release,
  type ReleaseState,
  withJob,
  withMigration,
  withoutJobs,
  withoutRelease,
  withRelease,
  withWeights,
} from "../domain/releases.ts";

/** Who moves: every state that a change makes names it. */
export interface Actor {
  change: string;
  runbook: RunbookName;
  onCall: string;
}

/** What a step has of its own; one that touches something says how it moves the state. */
type StepParts = Pick<Step, "name" | "title"> & Partial<Step>;

const USUAL = {
  touches: "nothing",
  move: (state: ReleaseState) => state,
  gates: [],
  bakeFor: 0,
  due: null,
  watch: [],
  sampling: null,
  task: null,
  onFailure: "restore",
  judged: "before",
  tells: "nobody",
  subject: null,
  restorePoint: false,
} as const;

/** A step with the usual answers: nothing changes, no gates, no bake, due at once, taken back on failure. */
export function step(parts: StepParts): Step {
  return { ...USUAL, ...parts };
}

/** Marks the stack as held by the change; the Jobs of the step before have run and leave. */
export function held(state: ReleaseState, actor: Actor): ReleaseState {
  return { ...withoutJobs(state), change: { id: actor.change, runbook: actor.runbook, onCall: actor.onCall } };
}

const named = (migrations: readonly Migration[]): string => migrations.map(({ id }) => id).join(", ");
const losing = (migrations: readonly Migration[]): boolean => migrations.some(({ reversible }) => reversible !== "yes");

/** The backup that a way back across a lossy migration needs: its id is the change's. */
export function backupStep(release: Release, actor: Actor, parts: { name: string; id: string } & Partial<Step>): Step {
  const { id, ...rest } = parts;
  return step({
    title: `back the database up as ${id}`,
    touches: "bundles",
    move: (state) => withJob(held(state, actor), release, { direction: "backup", target: id }, actor),
    ...rest,
  });
}

/** The migration Job, where the release brings migrations: the expanding ones, before any weight. */
export function migrateSteps(base: ReleaseState, release: Release, actor: Actor): Step[] {
  const { expand } = pendingByPhase(base, release.manifest);
  if (expand.length === 0) return [];
  const through = [...base.schema, ...expand];
  return [
    ...(losing(expand) ? [backupStep(release, actor, { name: "backup", id: actor.change })] : []),
    step({
      name: "migrate",
      title: `apply ${named(expand)}`,
      touches: "bundles",
      move: (state) => withMigration(held(state, actor), release, through),
    }),
  ];
}

/** Adds the release beside the old one, without traffic. */
export function addStep(release: Release, actor: Actor, gates: Step["gates"]): Step {
  return step({
    name: "release",
    title: `start ${release.manifest.version} at 0 %`,
    touches: "bundles",
    gates,
    move: (state) => withRelease(held(state, actor), release),
  });
}

/** Moves weight to the release; the rest stays with the stable one. */
export function shift(release: Release, stable: Release | null, weight: number, actor: Actor): Step["move"] {
  return (state) => {
    const rest = stable === null ? {} : { [stable.id]: 100 - weight };
    return withWeights(held(state, actor), { ...rest, [release.id]: weight }, actor);
  };
}

/** Takes every other release off the stack, and the Jobs that have run. */
export function alone(state: ReleaseState, release: Release): ReleaseState {
  const others = state.releases.filter(({ id }) => id !== release.id);
  return others.reduce((next, { id }) => withoutRelease(next, id), withoutJobs(state));
}

/** Marks the release as passed, and ends the change: the stack is free. */
export function passed(state: ReleaseState, release: Release, actor: Actor): ReleaseState {
  const releases = state.releases.map((one) => (one.id === release.id ? { ...one, passed: actor.change } : one));
  return { ...state, releases, change: null };
}

/** The contracting migrations, once the release before has gone: from here on nothing leads back but the backup. */
function contractSteps(base: ReleaseState, release: Release, actor: Actor): Step[] {
  const { contract } = pendingByPhase(base, release.manifest);
  const last = contract.at(-1);
  if (last === undefined) return [];
  const forward = { touches: "bundles", onFailure: "stop" } as const;
  return [
    step({
      name: "retire",
      title: "remove the old release",
      ...forward,
      move: (state) => alone(held(state, actor), release),
    }),
    backupStep(release, actor, { name: "contract-backup", id: `${actor.change}-contract`, onFailure: "stop" }),
    step({
      name: "contract",
      title: `apply ${named(contract)}`,
      ...forward,
      move: (state) => ({
        ...withJob(held(state, actor), release, { direction: "contract", target: last.id }, actor),
        schema: release.manifest.migrations,
      }),
    }),
  ];
}

/** Marks the release as passed, removes those without traffic, contracts the schema and ends the change. */
export function finishSteps(base: ReleaseState, release: Release, actor: Actor): Step[] {
  const contract = contractSteps(base, release, actor);
  return [
    ...contract,
    step({
      name: "finish",
      title: contract.length === 0 ? "remove the old release" : "end the change: the stack is free",
      touches: "bundles",
      onFailure: "stop",
      move: (state) => passed(alone(state, release), release, actor),
    }),
  ];
}
