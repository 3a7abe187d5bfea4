import { z } from "zod";
import { CHANGE_ANNOTATION } from "../domain/object-names.ts";

/** An object of the cluster that a change has made. */
export interface OwnedObject {
  /** as `kubectl` names it, such as `deployments.apps` */
  resource: string;
  /** the program's type for it, such as `kubernetes:apps/v1:Deployment` */
  type: string;
  name: string;
  change: string;
  /** whether it is being deleted, which nothing can take back */
  terminating: boolean;
}

interface OwnedKind {
  resource: string;
  type: string;
  /** where the API serves the kind, without the namespace */
  group: string;
  plural: string;
}

function kind(groupVersion: string, name: string, plural: string): OwnedKind {
  const core = groupVersion === "v1";
  return {
    resource: core ? plural : `${plural}.${groupVersion.split("/")[0]}`,
    type: `kubernetes:${core ? "core/v1" : groupVersion}:${name}`,
    group: core ? "/api/v1" : `/apis/${groupVersion}`,
    plural,
  };
}

/** The kinds of what a release and its Jobs are made of. */
export const OWNED_KINDS: readonly OwnedKind[] = [
  kind("v1", "Secret", "secrets"),
  kind("v1", "ConfigMap", "configmaps"),
  kind("v1", "Service", "services"),
  kind("apps/v1", "Deployment", "deployments"),
  kind("batch/v1", "Job", "jobs"),
  kind("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets"),
  kind("autoscaling/v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers"),
];

const objectSchema = z.object({
  metadata: z.object({
    name: z.string(),
    annotations: z.record(z.string(), z.string()).default({}),
    deletionTimestamp: z.string().optional(),
  }),
});
/** An API server writes an empty list of metadata as null (measured on 1.36.3). */
const listSchema = z.object({ items: z.array(objectSchema).nullable() });

/** Those of a list (its metadata is enough) that a change has made (pure). */
export function ownedIn({ resource, type }: OwnedKind, raw: unknown): OwnedObject[] {
  return (listSchema.parse(raw).items ?? []).flatMap(({ metadata: { name, annotations, deletionTimestamp } }) => {
    const change = annotations[CHANGE_ANNOTATION];
    return change === undefined ? [] : [{ resource, type, name, change, terminating: deletionTimestamp !== undefined }];
  });
}
