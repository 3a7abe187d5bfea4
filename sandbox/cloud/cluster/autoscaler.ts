import { type MeasuredPod, replicasForLoad } from "./load-scale.ts";
import type { KubeObject } from "./objects.ts";
import { at, isProps } from "./props.ts";
import { type AutoscalerSpec, autoscalerSpec } from "./schemas/scaling.ts";
import { deploymentSpec } from "./schemas/workloads.ts";
import { matchesSelector } from "./selectors.ts";
import type { Store } from "./store.ts";

/** What a pod uses, in percent of its request; null where there are no metrics of it. */
export type CpuPercent = (pod: { namespace: string; name: string }) => number | null;

/**
 * Keeps Deployments within their HorizontalPodAutoscaler's bounds, and scales them by their pods' load where that is measured. A
 * Deployment's pods are whatever its selector selects, as for the real one (kubernetes, pkg/controller/podautoscaler).
 */
export function runAutoscaler(store: Store, cpuPercent?: CpuPercent): { close(): void } {
  const underLoad = (deployment: KubeObject, spec: AutoscalerSpec, present: number): number => {
    const target = spec.metrics?.find(({ resource }) => resource.name === "cpu")?.resource.target.averageUtilization;
    if (cpuPercent === undefined || target === undefined || present === 0) return present;
    const { selector } = deploymentSpec.parse(deployment.body.spec);
    const selected = store
      .list("Pod", deployment.metadata.namespace)
      .filter(({ metadata }) => matchesSelector(selector, metadata.labels));
    return replicasForLoad(
      present,
      target,
      selected.map((pod): MeasuredPod => {
        const phase = pod.status?.phase;
        const gone = pod.metadata.deletionTimestamp !== undefined || phase === "Failed";
        const state = gone ? "ignored" : phase === "Pending" ? "pending" : "counted";
        return { state, usage: phase === "Running" ? cpuPercent(pod.metadata) : null };
      }),
    );
  };

  const hold = (autoscaler: KubeObject): void => {
    const spec = autoscalerSpec.parse(autoscaler.body.spec);
    const deployment = store.get("Deployment", autoscaler.metadata.namespace, spec.scaleTargetRef.name);
    const present = deployment === undefined ? undefined : at(deployment.body, "spec.replicas");
    if (deployment === undefined || typeof present !== "number" || deployment.metadata.deletionTimestamp !== undefined)
      return;
    const wanted = boundedReplicas(underLoad(deployment, spec, present), {
      min: spec.minReplicas ?? 1,
      max: spec.maxReplicas,
    });
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
    const { kind, metadata } = object;
    const measured = kind === "Pod" && cpuPercent !== undefined;
    if (!measured && (type !== "applied" || (kind !== "HorizontalPodAutoscaler" && kind !== "Deployment"))) return;
    for (const autoscaler of store.list("HorizontalPodAutoscaler", metadata.namespace)) hold(autoscaler);
  });
  return { close };
}

/** A Deployment scaled to 0 by hand stays there: the autoscaler is off then. */
export function boundedReplicas(replicas: number, bounds: { min: number; max: number }): number {
  return replicas === 0 ? 0 : Math.min(bounds.max, Math.max(bounds.min, replicas));
}
