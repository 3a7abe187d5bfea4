import { at, entries, type Field, isMissing, items, textAt } from "./inputs.ts";
import { type KubernetesObject, objectsOf } from "./kubernetes.ts";

/** A pod as a resource describes it. */
export interface Pod {
  /** Its metadata and spec. */
  readonly template: Field;
  readonly spec: Field;
  /** Whether it answers users for as long as it exists, other than a pod that runs to its end. */
  readonly serves: boolean;
  /** Whether it is only a part of a pod, laid over one that stands elsewhere: what is left out is no problem. */
  readonly partial: boolean;
}

// Extensions had Deployments, DaemonSets and ReplicaSets before apps; old SDKs still make them.
const BUILT_IN = new Set(["core", "apps", "extensions", "batch"]);
const SERVING = new Set(["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController"]);
const TEMPLATES: Readonly<Record<string, readonly string[]>> = {
  Deployment: ["spec", "template"],
  StatefulSet: ["spec", "template"],
  DaemonSet: ["spec", "template"],
  ReplicaSet: ["spec", "template"],
  ReplicationController: ["spec", "template"],
  Pod: [],
  PodTemplate: ["template"],
  Job: ["spec", "template"],
  CronJob: ["spec", "jobTemplate", "spec", "template"],
};

// Groups of Kubernetes itself have no dot, or this end.
const OF_KUBERNETES = /^[^.]+$|\.k8s\.io$/;
const RUNS_TO_ITS_END = /(Job|Workflow|WorkflowTemplate|Run|Task|Pipeline|Build|Backup)$/;

/** Every pod that a resource describes: a kind's template in any API version, or an object with containers in any other kind. */
export function podsOf(type: string, props: Field): Pod[] {
  return objectsOf(type, props).flatMap(podsIn);
}

/** The pod of one object of the Kubernetes API, or the several that a custom resource may have. */
export function podsIn({ group, kind, props, patch }: KubernetesObject): Pod[] {
  const path = BUILT_IN.has(group) ? TEMPLATES[kind] : undefined;
  if (path !== undefined) {
    const template = at(props, ...path);
    return [{ template, spec: at(template, "spec"), serves: SERVING.has(kind), partial: patch }];
  }
  if (OF_KUBERNETES.test(group)) return [];
  return specsBelow(at(props, "spec"), props).map(({ template, spec }) => ({
    template,
    spec,
    serves:
      spec.path === `${props.path === "" ? "" : `${props.path}.`}spec.template.spec` && !RUNS_TO_ITS_END.test(kind),
    // An operator lays containers without an image over its own.
    partial: patch || !containers(spec).some((container) => !isMissing(at(container, "image"))),
  }));
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

function specsBelow(field: Field, parent: Field): { template: Field; spec: Field }[] {
  if (containers(field).some((container) => entries(container).length > 0)) return [{ template: parent, spec: field }];
  const inside = [...items(field), ...entries(field).map(([, entry]) => entry)];
  return inside.flatMap((place) => specsBelow(place, field));
}
