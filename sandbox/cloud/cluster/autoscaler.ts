import type { KubeObject } from "./objects.ts";
import { at, isProps } from "./props.ts";
import { autoscalerSpec } from "./schemas/scaling.ts";
import type { Store } from "./store.ts";

/** Keeps Deployments within their HorizontalPodAutoscaler's bounds. Load isn't measured here: only the bounds act. */
export function runAutoscaler(store: Store): { close(): void } {
  const hold = (autoscaler: KubeObject): void => {
    const spec = autoscalerSpec.parse(autoscaler.body.spec);
    const deployment = store.get("Deployment", autoscaler.metadata.namespace, spec.scaleTargetRef.name);
    const present = deployment === undefined ? undefined : at(deployment.body, "spec.replicas");
    if (deployment === undefined || typeof present !== "number" || deployment.metadata.deletionTimestamp !== undefined)
      return;
    const wanted = boundedReplicas(present, { min: spec.minReplicas ?? 1, max: spec.maxReplicas });
    if (wanted !== present && isProps(deployment.body.spec)) {
      const { name, namespace, labels, annotations } = deployment.metadata;
      const body = { ...deployment.body, spec: { ...deployment.body.spec, replicas: wanted } };
      store.apply({ kind: "Deployment", name, namespace, labels, annotations, body });
    }
    store.setStatus(autoscaler, {
      observedGeneration: autoscaler.metadata.generation,
      currentReplicas: present,
      desiredReplicas: wanted,
    });
  };
  const close = store.onChange(({ type, object }) => {
    if (type !== "applied") return;
    const { kind, metadata } = object;
    if (kind !== "HorizontalPodAutoscaler" && kind !== "Deployment") return;
    for (const autoscaler of store.list("HorizontalPodAutoscaler", metadata.namespace)) hold(autoscaler);
  });
  return { close };
}

/** A Deployment scaled to 0 by hand stays there: the autoscaler is off then. */
export function boundedReplicas(replicas: number, bounds: { min: number; max: number }): number {
  return replicas === 0 ? 0 : Math.min(bounds.max, Math.max(bounds.min, replicas));
}
