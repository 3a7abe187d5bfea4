import { z } from "zod";

const exportSchema = z.object({
  deployment: z.object({
    resources: z.array(z.object({ urn: z.string(), type: z.string() })).nullish(),
    pending_operations: z.array(z.object({ type: z.string(), resource: z.object({ urn: z.string() }) })).nullish(),
  }),
});

/** The creates that interrupted updates have left in a stack's state, by URN. */
export interface Pending {
  /** the stack's own resource: the target of a refresh that looks at nothing else */
  root: string | null;
  /** a later update has found or made the resource: it stands in the state too */
  adopted: string[];
  /** what became of the resource isn't known */
  unknown: string[];
}

/** Sorts a stack export's pending operations (pure). The engine drops all but the creates by itself. */
export function pendingIn(exported: unknown): Pending {
  const { resources, pending_operations: operations } = exportSchema.parse(exported).deployment;
  const standing = new Set((resources ?? []).map(({ urn }) => urn));
  const urns = (operations ?? []).map(({ resource }) => resource.urn);
  return {
    root: resources?.find(({ type }) => type === "pulumi:pulumi:Stack")?.urn ?? null,
    adopted: urns.filter((urn) => standing.has(urn)),
    unknown: urns.filter((urn) => !standing.has(urn)),
  };
}

/** A resource that a stack's state has. */
export interface Standing {
  type: string;
  name: string;
}

/** The resources in a stack export (pure). */
export function standingIn(exported: unknown): Standing[] {
  const { resources } = exportSchema.parse(exported).deployment;
  return (resources ?? []).map(({ urn, type }) => ({ type, name: urn.split("::").at(-1) ?? urn }));
}
