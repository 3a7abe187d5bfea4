import type { Known } from "../aws/calls/call.ts";
import { SECRET_FUNCTIONS } from "../aws/calls/secrets-manager.ts";
import { callsOf, readsOf } from "../aws/calls/table.ts";
import type { Operation } from "../aws/recorder/journal.ts";
import { actionsOf } from "./actions.ts";
import { lifeOf, operationsBetween, type Resource } from "./graph.ts";
import type { Names } from "./places.ts";
import { type Policy, policyOf } from "./policy.ts";
import { TO_CHANGE, TO_EMPTY, TO_LOOK, TO_READ_METRICS } from "./runner.ts";
import { trustOf } from "./trust.ts";

/** What the program makes of some states, by which the rights are worked out. */
export interface Graphs {
  names: Names;
  /** everything that a stack has, on both stages */
  whole: readonly Resource[];
  /** for each runbook the graphs that it goes between, one pair an update */
  updates: Readonly<Record<RunbookRights, readonly [from: readonly Resource[], to: readonly Resource[]][]>>;
}

/** The runbooks that have rights of their own; promote and rollback move releases as a deploy does. */
export type RunbookRights = "deploy" | "rotate" | "incident";

/** An account in which every label may have to be moved, so that no call is left out. */
const ANY_LABELS: Known = {
  labelsOf: () => [],
  holderOf: () => "another",
  labelsInState: () => ["another"],
};

const looked: readonly string[] = Object.keys(SECRET_FUNCTIONS);

/** What every preview and update asks for before anything else. */
const LOOKS: readonly Operation[] = looked.map((type) => ({
  stack: "",
  kind: "invoke",
  type,
  name: "",
  id: "",
  inputs: { secretId: "any" },
  before: {},
  outputs: {},
}));

const actionsIn = (operations: readonly Operation[]): string[] =>
  operations.flatMap((operation) => callsOf(operation, ANY_LABELS)).flatMap(actionsOf);

/** Everything that `pulumi up`, `refresh` and `destroy` call for what a stack has (pure). */
export function actionsOfLife(whole: readonly Resource[]): string[] {
  const life = whole.flatMap(lifeOf);
  const reads = life.flatMap((operation) => readsOf(operation, ANY_LABELS)).flatMap(actionsOf);
  return [...new Set([...actionsIn([...LOOKS, ...life]), ...reads])].sort();
}

/** Everything that a runbook's updates call (pure). */
export function actionsOfRunbook({ updates }: Graphs, runbook: RunbookRights): string[] {
  const operations = updates[runbook].flatMap(([from, to]) => operationsBetween(from, to));
  return [...new Set(actionsIn([...LOOKS, ...operations]))].sort();
}

/** The documents of `docs/iam`, by file name (pure). */
export function documentsOf(graphs: Graphs): Record<string, Policy | ReturnType<typeof trustOf>> {
  const { names, whole } = graphs;
  const look = policyOf(actionsIn(LOOKS), names, TO_LOOK);
  const runbook = (name: RunbookRights) => policyOf(actionsOfRunbook(graphs, name), names, TO_CHANGE);
  const life = actionsOfLife(whole);
  const ofStore = (action: string): boolean => /^(s3|elasticache|ec2|iam):/.test(action);
  return {
    "pulumi-up-stores.json": policyOf(life.filter(ofStore), names),
    "pulumi-up.json": policyOf(
      life.filter((action) => !ofStore(action)),
      names,
      TO_CHANGE,
    ),
    "runner-look.json": look,
    "runner-deploy.json": runbook("deploy"),
    "runner-rotate.json": runbook("rotate"),
    "runner-incident.json": runbook("incident"),
    "metrics-cloudwatch.json": policyOf([], names, TO_READ_METRICS),
    "teardown-trial.json": policyOf([], names, TO_EMPTY),
    "ci-trust.json": trustOf("<stage>", "resume-<stage>"),
    "ci-trust-preview.json": trustOf("preview-<stage>"),
  };
}
