import { RELEASE_LABEL } from "../../../../infra/domain/object-names.ts";
import type { Pod } from "../pods/pod.ts";
import type { Pods } from "../pods/registry.ts";
import { type ServiceSpec, serviceSpec } from "../schemas/core.ts";
import { matchesLabels } from "../selectors.ts";
import type { Store } from "../store.ts";

export interface ServicePort {
  namespace: string;
  service: string;
  port: number;
}

export type Endpoints = { outcome: "missing" } | { outcome: "found"; release: string; ports: number[] };

/** The loopback ports that requests for a Service's port go to: a pod on its way out is among them until the gateway knows of it. */
export function endpointsOf(store: Store, pods: Pods, { namespace, service, port }: ServicePort): Endpoints {
  const object = store.get("Service", namespace, service);
  if (object === undefined) return { outcome: "missing" };
  const spec = serviceSpec.parse(object.body.spec);
  const wanted = spec.ports.find((entry) => entry.port === port);
  if (wanted === undefined) return { outcome: "missing" };
  const release = object.metadata.labels[RELEASE_LABEL] ?? spec.selector?.[RELEASE_LABEL] ?? "unknown";
  const ports = pods
    .served(namespace)
    .filter((pod) => isSelected(pod, spec) && hasPort(pod, wanted.targetPort ?? wanted.port))
    .flatMap((pod) => pod.port() ?? []);
  return { outcome: "found", release, ports };
}

/** Whether a Service's selector takes a pod in; a Service without one has no pods. */
export function isSelected(pod: Pod, spec: ServiceSpec): boolean {
  const selector = spec.selector ?? {};
  return Object.keys(selector).length > 0 && matchesLabels(selector, pod.plan.labels);
}

function hasPort(pod: Pod, target: number | string): boolean {
  return pod.plan.spec.containers.some((container) =>
    (container.ports ?? []).some((port) => port.name === target || port.containerPort === target),
  );
}
