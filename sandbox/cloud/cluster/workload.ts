import type { Json, Props } from "../handler.ts";
import type { KubeObject, OwnerReference } from "./objects.ts";
import { at, isProps } from "./props.ts";
import type { PodTemplate } from "./schemas/pod.ts";
import type { Store } from "./store.ts";

/** What stands in the way of making a workload's pods at all, in the API server's words. */
export function podObstacle(store: Store, namespace: string, template: PodTemplate): string | undefined {
  const account = template.spec.serviceAccountName;
  if (account === undefined || account === "default" || store.get("ServiceAccount", namespace, account) !== undefined)
    return undefined;
  return `pods is forbidden: error looking up service account ${namespace}/${account}: serviceaccount "${account}" not found`;
}

/** The pod template of a workload as it was declared. */
export function wireTemplate(object: KubeObject): Json {
  return at(object.body, "spec.template") ?? null;
}

/** The pod spec of a workload as it was declared. */
export function wirePodSpec(object: KubeObject): Props {
  const spec = at(object.body, "spec.template.spec");
  return isProps(spec) ? spec : {};
}

export function ownerOf(object: KubeObject): OwnerReference {
  return { kind: object.kind, name: object.metadata.name, uid: object.metadata.uid };
}
