import { at, type Field, items, textAt } from "./inputs.ts";

const SERVING: Readonly<Record<string, readonly string[]>> = {
  "kubernetes:apps/v1:Deployment": ["spec", "template"],
  "kubernetes:apps/v1:StatefulSet": ["spec", "template"],
  "kubernetes:apps/v1:DaemonSet": ["spec", "template"],
  "kubernetes:apps/v1:ReplicaSet": ["spec", "template"],
};

const PASSING: Readonly<Record<string, readonly string[]>> = {
  "kubernetes:core/v1:Pod": [],
  "kubernetes:batch/v1:Job": ["spec", "template"],
  "kubernetes:batch/v1:CronJob": ["spec", "jobTemplate", "spec", "template"],
};

/** Whether resources of this type run pods. */
export function runsPods(type: string): boolean {
  return type in SERVING || type in PASSING;
}

/** Whether resources of this type run pods that answer users, for as long as they exist. */
export function servesUsers(type: string): boolean {
  return type in SERVING;
}

/** The pod template of a resource that runs pods (a Pod is its own). */
export function podTemplate(type: string, props: Field): Field {
  return at(props, ...(SERVING[type] ?? PASSING[type] ?? []));
}

/** The pod's spec of a resource that runs pods. */
export function podSpec(type: string, props: Field): Field {
  return at(podTemplate(type, props), "spec");
}

/** The containers that stay, of a pod's spec. */
export function containers(spec: Field): Field[] {
  return items(at(spec, "containers"));
}

/** Every container of a pod's spec: those that prepare it, too. */
export function allContainers(spec: Field): Field[] {
  return ["initContainers", "containers", "ephemeralContainers"].flatMap((kind) => items(at(spec, kind)));
}

/** An entry of a container's `env`. */
export interface Variable {
  readonly name: string;
  readonly literal: Field;
  readonly source: Field;
}

/** The entries of a container's `env` whose names are known. */
export function variables(container: Field): Variable[] {
  return items(at(container, "env")).flatMap((entry) => {
    const name = textAt(at(entry, "name"));
    return name === undefined ? [] : [{ name, literal: at(entry, "value"), source: at(entry, "valueFrom") }];
  });
}
