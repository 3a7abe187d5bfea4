import { createHash } from "node:crypto";
import type { Json, Props } from "../handler.ts";
import { apiVersionOf, type Kind } from "./kinds.ts";

export interface OwnerReference {
  kind: Kind;
  name: string;
  uid: string;
}

export interface ObjectMeta {
  name: string;
  /** Empty for objects of the whole cluster. */
  namespace: string;
  uid: string;
  resourceVersion: number;
  generation: number;
  creationTimestamp: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  owner: OwnerReference | undefined;
  deletionTimestamp: string | undefined;
}

/** An object of the cluster. `body` is everything but apiVersion, kind, metadata and status. */
export interface KubeObject {
  kind: Kind;
  metadata: ObjectMeta;
  body: Props;
  status: Props | undefined;
}

/** What identifies an object for people: `namespace/name`, or the name alone for objects of the whole cluster. */
export function objectId({ namespace, name }: Pick<ObjectMeta, "namespace" | "name">): string {
  return namespace === "" ? name : `${namespace}/${name}`;
}

/** The object as the Kubernetes API writes it. */
export function wireObject(object: KubeObject): Props {
  const { metadata } = object;
  return {
    apiVersion: apiVersionOf(object.kind),
    kind: object.kind,
    metadata: {
      name: metadata.name,
      ...(metadata.namespace === "" ? {} : { namespace: metadata.namespace }),
      uid: metadata.uid,
      resourceVersion: String(metadata.resourceVersion),
      generation: metadata.generation,
      creationTimestamp: metadata.creationTimestamp,
      ...(Object.keys(metadata.labels).length === 0 ? {} : { labels: metadata.labels }),
      ...(Object.keys(metadata.annotations).length === 0 ? {} : { annotations: metadata.annotations }),
      ...(metadata.owner === undefined ? {} : { ownerReferences: [wireOwner(metadata.owner)] }),
      ...(metadata.deletionTimestamp === undefined ? {} : { deletionTimestamp: metadata.deletionTimestamp }),
    },
    ...object.body,
    ...(object.status === undefined ? {} : { status: object.status }),
  };
}

/** JSON with sorted keys, so that equal values have equal texts. */
export function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, entry]) => `${JSON.stringify(key)}:${canonical(entry)}`).join(",")}}`;
}

/** Ten hex digits that name a pod template's content. */
export function templateHash(template: Json): string {
  return createHash("sha256").update(canonical(template)).digest("hex").slice(0, 10);
}

/** A time as Kubernetes writes it: whole seconds, UTC. */
export function timestamp(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}

function wireOwner(owner: OwnerReference): Props {
  return {
    apiVersion: apiVersionOf(owner.kind),
    kind: owner.kind,
    name: owner.name,
    uid: owner.uid,
    controller: true,
    blockOwnerDeletion: true,
  };
}
