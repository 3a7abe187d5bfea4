import { z } from "zod";
import type { Json, Props } from "../handler.ts";
import { applyConflict } from "./conflicts.ts";
import { immutableFields } from "./diff.ts";
import { KINDS, type Kind, qualifiedName } from "./kinds.ts";
import { canonical, type KubeObject } from "./objects.ts";
import { at, isProps } from "./props.ts";
import type { Draft, Store } from "./store.ts";

const identity = z.object({
  metadata: z.object({
    name: z.string(),
    namespace: z.string().optional(),
    labels: z.record(z.string(), z.string()).optional(),
    annotations: z.record(z.string(), z.string()).optional(),
  }),
});

/** What becomes of a create whose object is there already. */
export type Existing = "refused" | "adopted" | "adopted by force";

/**
 * Makes an object as the provider does since 4.30.0 (pulumi-kubernetes, provider/pkg/await/await.go, Creation): a plain create, which
 * refuses what is there; a server-side apply under another field manager only where the provider is told to adopt.
 * @throws Error in the API server's words where it would refuse.
 */
export function createObject(store: Store, kind: Kind, inputs: Props, existing: () => Existing): KubeObject {
  const draft = draftOf(kind, inputs);
  const live = liveOf(store, draft);
  if (live === undefined) return store.apply({ ...draft, body: withDefaults(kind, draft.body) });
  const how = existing();
  if (how === "refused") throw new Error(`${qualifiedName(kind)} "${draft.name}" already exists`);
  const conflict = how === "adopted" ? applyConflict(live, draft) : null;
  if (conflict !== null) throw new Error(`server-side apply field conflict detected: ${conflict}`);
  return store.apply({ ...draft, body: merged(kind, live, draft.body) });
}

/**
 * Server-side apply by the manager that owns the object: ignored fields keep the value that the cluster has (await.go,
 * handleSSAIgnoreFields), as replicas that an autoscaler has set.
 * @throws Error in the API server's words where it would refuse.
 */
export function updateObject(store: Store, kind: Kind, inputs: Props, ignored: readonly string[]): KubeObject {
  const draft = draftOf(kind, inputs);
  const live = liveOf(store, draft);
  if (live === undefined) return store.apply({ ...draft, body: withDefaults(kind, draft.body) });
  const body = ignored.reduce((fields, path) => withKept(fields, live.body, path), draft.body);
  return store.apply({ ...draft, body: merged(kind, live, body) });
}

function liveOf(store: Store, draft: Draft): KubeObject | undefined {
  if (draft.namespace !== "" && store.get("Namespace", "", draft.namespace) === undefined) {
    throw new Error(`namespaces "${draft.namespace}" not found`);
  }
  const live = store.get(draft.kind, draft.namespace, draft.name);
  if (live?.metadata.deletionTimestamp !== undefined) {
    throw new Error(`object is being deleted: ${qualifiedName(draft.kind)} "${draft.name}" already exists`);
  }
  return live;
}

/** The fields with the live value at a dotted path, where there is one. */
function withKept(fields: Props, live: Props, path: string): Props {
  const [key = "", ...rest] = path.split(".");
  const kept = live[key];
  if (kept === undefined) return fields;
  if (rest.length === 0) return { ...fields, [key]: kept };
  const inner = fields[key];
  return isProps(kept) && isProps(inner) ? { ...fields, [key]: withKept(inner, kept, rest.join(".")) } : fields;
}

/** Where an object's inputs say that it lives. */
export function locationOf(kind: Kind, inputs: Props): { namespace: string; name: string } {
  const { metadata } = identity.parse(inputs);
  return { namespace: KINDS[kind].scope === "Cluster" ? "" : (metadata.namespace ?? "default"), name: metadata.name };
}

function draftOf(kind: Kind, inputs: Props): Draft {
  const { metadata } = identity.parse(inputs);
  const { apiVersion: _version, kind: _kind, metadata: _metadata, ...body } = inputs;
  return {
    kind,
    ...locationOf(kind, inputs),
    labels: metadata.labels ?? {},
    annotations: metadata.annotations ?? {},
    body: kind === "Secret" ? encodedSecret(body) : body,
  };
}

function merged(kind: Kind, live: KubeObject, body: Props): Props {
  const next = withDefaults(kind, kind === "Deployment" ? keepReplicas(live, body) : body);
  for (const path of immutableFields(kind, live.body)) {
    if (canonical(at(live.body, path) ?? null) !== canonical(at(next, path) ?? null)) {
      throw new Error(`${kind} "${live.metadata.name}" is invalid: ${path}: Forbidden: field is immutable`);
    }
  }
  return next;
}

/** Inputs that leave the replicas out leave them to the autoscaler. */
function keepReplicas(live: KubeObject, body: Props): Props {
  const replicas = at(live.body, "spec.replicas");
  return at(body, "spec.replicas") === undefined && replicas !== undefined ? withSpec(body, { replicas }) : body;
}

function withDefaults(kind: Kind, body: Props): Props {
  if (kind === "Deployment" && at(body, "spec.replicas") === undefined) return withSpec(body, { replicas: 1 });
  if (kind === "Secret" && body.type === undefined) return { ...body, type: "Opaque" };
  return body;
}

function withSpec(body: Props, fields: Props): Props {
  return isProps(body.spec) ? { ...body, spec: { ...body.spec, ...fields } } : body;
}

function encodedSecret(body: Props): Props {
  const { stringData, data, ...rest } = body;
  const encoded = Object.entries(record(stringData)).map(([key, value]) => [
    key,
    Buffer.from(String(value)).toString("base64"),
  ]);
  return { ...rest, data: { ...record(data), ...Object.fromEntries(encoded) } };
}

function record(value: Json | undefined): Props {
  return isProps(value) ? value : {};
}
