import { z } from "zod";
import {
  makeRelease,
  type ReleaseState,
  stateHash,
  withMigration,
  withRelease,
  withWeights,
} from "../../infra/domain/releases.ts";
import { committed, runProgram } from "../../verification/mocks/program.ts";
import { firstState, manifest, migration } from "../../verification/mocks/release-state.ts";
import { resolved, revealed } from "../../verification/mocks/world.ts";

export const STACKS = ["staging", "production"] as const;
export type StackName = (typeof STACKS)[number];

const manifestSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().optional() }),
});

/** What the program would send to Kubernetes. */
export type Sent = z.infer<typeof manifestSchema>;

const actor = { change: "CHG-2026-11-22-001", onCall: "Ada" };
const parts = { scale: { min: 2, max: 6 }, configuration: { SESSION_STORE: "redis", LOG_LEVEL: "info" }, ...actor };

/** A second release with a tenth of the traffic, its migration applied beside it. */
function midCanary(base: ReleaseState): ReleaseState {
  const next = manifest("2", { migrations: [migration("0001_init"), migration("0002_more")] });
  const release = makeRelease(base, { ...parts, manifest: next });
  return shared(withRelease(withMigration(base, release), release), release.id, 10);
}

/** The same image with the session secret's next generation, at half the traffic. */
function midRotation(base: ReleaseState): ReleaseState {
  const secret = base.secrets.SESSION_SECRET;
  const generations = [...secret.generations, { id: "g2", change: actor.change, createdOn: "2026-11-23" }];
  const secrets = { ...base.secrets, SESSION_SECRET: { ...secret, generations, current: "g2", previous: "g1" } };
  const release = makeRelease({ secrets }, { ...parts, manifest: manifest("1") });
  return shared(withRelease({ ...base, secrets }, release), release.id, 50);
}

function shared(state: ReleaseState, id: string, weight: number): ReleaseState {
  const rest = state.releases.find((release) => release.id !== id);
  const held = { ...state, change: { id: actor.change, runbook: "promote", onCall: actor.onCall } };
  return withWeights(held, { ...(rest === undefined ? {} : { [rest.id]: 100 - weight }), [id]: weight }, actor);
}

/** The moments of a stack whose manifests are looked at. */
export const MOMENTS: Readonly<Record<string, (base: ReleaseState) => ReleaseState>> = {
  "at rest": (base) => base,
  "in mid-canary": midCanary,
  "in mid-rotation": midRotation,
};

/** `kubernetes:apps/v1:Deployment` as the API names it. */
function apiOf(type: string): { apiVersion: string; kind: string } | null {
  const [, group = "", kind = ""] = /^kubernetes:([^:]+):(\w+)$/.exec(type) ?? [];
  if (kind === "") return null;
  return { apiVersion: group.replace(/^core\//, ""), kind };
}

/** Runs the unchanged program on a stack's committed settings at a moment, and collects what it would send. */
export async function manifestsOf(stack: StackName, moment: string): Promise<Sent[]> {
  const base = firstState();
  const to = MOMENTS[moment]?.(base) ?? base;
  const { world, outputs } = await runProgram({
    settings: committed(stack),
    world: { stack, lastOutputs: { releaseState: base } },
    desired: { from: stateHash(base), to },
  });
  await resolved(outputs.releaseState);
  return world.registered.flatMap(({ type, inputs }) => {
    const api = apiOf(type);
    if (api === null) return [];
    const named = z.looseObject({}).parse(revealed(inputs));
    return [manifestSchema.parse({ ...api, ...named })];
  });
}
