import { randomUUID } from "node:crypto";
import type { Props } from "../handler.ts";
import type { Kind } from "./kinds.ts";
import { canonical, type KubeObject, type OwnerReference, timestamp } from "./objects.ts";

/** What a writer wants an object to be; the store adds uid, versions and times. */
export interface Draft {
  kind: Kind;
  namespace: string;
  name: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  owner?: OwnerReference;
  body: Props;
}

export interface Change {
  type: "applied" | "status" | "removed";
  object: KubeObject;
}

/** The cluster's objects in memory. Objects that it hands out are snapshots: a write makes a new one. */
export interface Store {
  /** Creates the object, or updates the one that has its name; `generation` moves when the body changed. */
  apply(draft: Draft): KubeObject;
  get(kind: Kind, namespace: string, name: string): KubeObject | undefined;
  /** Objects of one kind, in one namespace or in all of them, by name. */
  list(kind: Kind, namespace?: string): KubeObject[];
  /** Replaces the status; an equal one is no change. An object that is gone is left alone. */
  setStatus(object: KubeObject, status: Props): void;
  /** Merges annotations; equal ones are no change. */
  annotate(object: KubeObject, annotations: Record<string, string>): void;
  markDeleting(object: KubeObject): void;
  remove(kind: Kind, namespace: string, name: string): KubeObject | undefined;
  /** @returns a function that ends the subscription. */
  onChange(listener: (change: Change) => void): () => void;
  /** Version of the last write. */
  resourceVersion(): number;
}

export function createStore(): Store {
  const objects = new Map<string, KubeObject>();
  const listeners = new Set<(change: Change) => void>();
  let version = 0;

  const write = (type: Change["type"], object: KubeObject): KubeObject => {
    version += 1;
    const written = { ...object, metadata: { ...object.metadata, resourceVersion: version } };
    const key = keyOf(written.kind, written.metadata.namespace, written.metadata.name);
    if (type === "removed") objects.delete(key);
    else objects.set(key, written);
    for (const listener of [...listeners]) listener({ type, object: written });
    return written;
  };
  const current = (object: KubeObject): KubeObject | undefined => {
    const found = objects.get(keyOf(object.kind, object.metadata.namespace, object.metadata.name));
    return found?.metadata.uid === object.metadata.uid ? found : undefined;
  };

  return {
    apply(draft) {
      const found = objects.get(keyOf(draft.kind, draft.namespace, draft.name));
      if (found === undefined) return write("applied", newObject(draft));
      const bodyChanged = canonical(found.body) !== canonical(draft.body);
      const labels = draft.labels ?? {};
      const annotations = draft.annotations ?? {};
      const metadataChanged =
        canonical(found.metadata.labels) !== canonical(labels) ||
        canonical(found.metadata.annotations) !== canonical(annotations);
      if (!bodyChanged && !metadataChanged) return found;
      const generation = found.metadata.generation + (bodyChanged ? 1 : 0);
      return write("applied", {
        ...found,
        body: draft.body,
        metadata: { ...found.metadata, labels, annotations, generation },
      });
    },
    get: (kind, namespace, name) => objects.get(keyOf(kind, namespace, name)),
    list: (kind, namespace) =>
      [...objects.values()]
        .filter(
          (object) => object.kind === kind && (namespace === undefined || object.metadata.namespace === namespace),
        )
        .sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1)),
    setStatus(object, status) {
      const found = current(object);
      if (found === undefined || (found.status !== undefined && canonical(found.status) === canonical(status))) return;
      write("status", { ...found, status });
    },
    annotate(object, annotations) {
      const found = current(object);
      if (found === undefined) return;
      const merged = { ...found.metadata.annotations, ...annotations };
      if (canonical(merged) === canonical(found.metadata.annotations)) return;
      write("status", { ...found, metadata: { ...found.metadata, annotations: merged } });
    },
    markDeleting(object) {
      const found = current(object);
      if (found === undefined || found.metadata.deletionTimestamp !== undefined) return;
      write("status", { ...found, metadata: { ...found.metadata, deletionTimestamp: timestamp(Date.now()) } });
    },
    remove(kind, namespace, name) {
      const found = objects.get(keyOf(kind, namespace, name));
      return found === undefined ? undefined : write("removed", found);
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    resourceVersion: () => version,
  };
}

function newObject(draft: Draft): KubeObject {
  return {
    kind: draft.kind,
    metadata: {
      name: draft.name,
      namespace: draft.namespace,
      uid: randomUUID(),
      resourceVersion: 0,
      generation: 1,
      creationTimestamp: timestamp(Date.now()),
      labels: draft.labels ?? {},
      annotations: draft.annotations ?? {},
      owner: draft.owner,
      deletionTimestamp: undefined,
    },
    body: draft.body,
    status: undefined,
  };
}

function keyOf(kind: Kind, namespace: string, name: string): string {
  return `${kind}/${namespace}/${name}`;
}

function sortKey(object: KubeObject): string {
  return `${object.metadata.namespace}/${object.metadata.name}`;
}
