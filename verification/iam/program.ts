import { z } from "zod";
import { withAlarms } from "../../infra/domain/alarm.ts";
import { type ReleaseState, releaseStateSchema, stateHash } from "../../infra/domain/releases.ts";
import { planOf } from "../../infra/runbooks/index.ts";
import type { Stage } from "../../sandbox/cloud/accounts.ts";
import { twoRotations } from "../aws/scenario.ts";
import { committed, runProgram } from "../mocks/program.ts";
import { deployOf } from "../mocks/release-state.ts";
import { resolved, revealed } from "../mocks/world.ts";
import type { Graphs } from "./documents.ts";
import type { Resource } from "./graph.ts";
import type { Names } from "./places.ts";

/** What the names are made of, which the documents have placeholders for. */
const APPLICATION = "applicationname";
const CLUSTER = "clustername";

const settingsOf = (stage: Stage): Record<string, unknown> => {
  const settings = committed(stage);
  const application = z.looseObject({}).parse(settings.application);
  const cluster = z.looseObject({}).parse(settings.cluster);
  return {
    ...settings,
    application: { ...application, name: APPLICATION },
    cluster: { ...cluster, name: CLUSTER },
  };
};

const props = z.record(z.string(), z.json());

/** Everything of AWS that the program asks for, in one state of the stage or, without one, in its first update. */
async function graphOf(
  stage: Stage,
  state: ReleaseState | null,
): Promise<{ resources: Resource[]; state: ReleaseState }> {
  const { world, outputs } = await runProgram({
    settings: settingsOf(stage),
    world: { stack: stage, lastOutputs: state === null ? {} : { releaseState: state } },
    ...(state === null ? {} : { desired: { from: stateHash(state), to: state } }),
  });
  const reached = releaseStateSchema.parse(await resolved(outputs.releaseState));
  const resources = world.registered
    .filter(({ type }) => type.startsWith("aws:"))
    .map(({ type, name, inputs }) => ({ type, name, inputs: props.parse(revealed(inputs)) }));
  return { resources, state: reached };
}

const shown = (text: string): string =>
  text
    .replaceAll(APPLICATION, "<application>")
    .replaceAll(CLUSTER, "<cluster>")
    .replaceAll(/staging|production(?!-runbooks)/g, "<stage>");

/** The names of what the program makes, with placeholders (pure). */
function namesIn(resources: readonly Resource[]): Names {
  const texts = (type: string, key: string): string[] =>
    resources.filter((one) => one.type.endsWith(`:${type}`)).map(({ inputs }) => shown(z.string().parse(inputs[key])));
  return {
    stack: texts("ReplicationGroup", "replicationGroupId")[0] ?? "",
    secrets: texts("Secret", "name"),
    bucket: "<records>",
    logGroup: texts("LogMetricFilter", "logGroupName")[0] ?? "",
  };
}

async function pairs(stage: Stage, states: readonly (readonly [from: ReleaseState, to: ReleaseState])[]) {
  const known = new Map<string, Resource[]>();
  const resourcesOf = async (state: ReleaseState): Promise<Resource[]> => {
    const resources = known.get(stateHash(state)) ?? (await graphOf(stage, state)).resources;
    known.set(stateHash(state), resources);
    return resources;
  };
  const made: [from: Resource[], to: Resource[]][] = [];
  for (const [from, to] of states) made.push([await resourcesOf(from), await resourcesOf(to)]);
  return made;
}

function deployed(first: ReleaseState): [from: ReleaseState, to: ReleaseState][] {
  let state = first;
  return planOf("CHG-2026-11-27-001", deployOf(first, "9")).steps.flatMap((step): [ReleaseState, ReleaseState][] => {
    if (step.touches === "nothing") return [];
    const from = state;
    state = step.move(state);
    return [[from, state]];
  });
}

/** The state once an incident has taught every kind of alarm. */
function taught(state: ReleaseState): ReleaseState {
  const shared = { meaning: "learnt", change: "CHG-2026-11-27-001" };
  return {
    ...state,
    alarms: withAlarms(state.alarms, [
      { over: "logs", signal: "learnt-lines", pattern: "learnt", ...shared },
      { over: "requests", signal: "learnt-silence", ...shared },
    ]),
  };
}

/** What the program makes in every state that the rights are worked out by. */
export async function graphs(): Promise<Graphs> {
  const [staging, production] = [await graphOf("staging", null), await graphOf("production", null)];
  const first = staging.state;
  const rotations = twoRotations(first).map(({ from, to }) => [from, to] as const);
  return {
    names: namesIn(staging.resources),
    whole: [...staging.resources, ...production.resources],
    updates: {
      deploy: await pairs("staging", deployed(first)),
      rotate: await pairs("staging", rotations),
      incident: await pairs("staging", [[first, taught(first)]]),
    },
  };
}
