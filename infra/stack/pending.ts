import { type NamedResource, resourceOf } from "../domain/urn.ts";
import { exportedIn } from "./exported.ts";

/** The creates that interrupted updates have left in a stack's state, by URN. */
export interface Pending {
  /** the stack's own resource: the target of a refresh that looks at nothing else */
  root: string | null;
  /** a later update has found or made the resource: it stands in the state too */
  adopted: string[];
  /** what became of the resource isn't known */
  unknown: string[];
}

/** The operation that makes a resource (pulumi/pulumi, sdk/go/common/apitype/deployments.go: OperationTypeCreating). */
const CREATES = "creating";

/** Sorts a stack export's pending operations (pure). The engine drops all but the creates by itself. */
export function pendingIn(exported: unknown): Pending {
  const { resources, operations } = exportedIn(exported);
  const known = new Set(resources.map(({ urn }) => urn));
  const urns = operations.map(({ resource }) => resource.urn);
  return {
    root: resources.find(({ type }) => type === "pulumi:pulumi:Stack")?.urn ?? null,
    adopted: urns.filter((urn) => known.has(urn)),
    unknown: urns.filter((urn) => !known.has(urn)),
  };
}

/**
 * The URNs of what an interrupted update may have changed without the state's knowledge (pure): what it had begun to change or to delete,
 * and every resource of some types.
 */
export function halfwayIn(exported: unknown, types: readonly string[]): string[] {
  const { resources, operations } = exportedIn(exported);
  const begun = new Set(operations.flatMap(({ type, resource }) => (type === CREATES ? [] : [resource.urn])));
  return resources.flatMap(({ urn, type }) => (begun.has(urn) || types.includes(type) ? [urn] : []));
}

/** The resources in a stack export (pure). */
export function resourcesIn(exported: unknown): NamedResource[] {
  return exportedIn(exported).resources.map(({ urn, type }) => ({ type, name: resourceOf(urn).name }));
}
