import { z } from "zod";
import type { Json, Props } from "../handler.ts";
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

/**
 * Server-side apply: creates the object, or takes over and updates the one that has its name.
 * @throws Error in the API server's words where it would refuse.
 */
export function applyInputs(store: Store, kind: Kind, inputs: Props): KubeObject {
  const draft = draftOf(kind, inputs);
  if (draft.namespace !== "" && store.get("Namespace", "", draft.namespace) === undefined) {
    throw new Error(`namespaces "${draft.namespace}" not found`);
  }
  const live = store.get(kind, draft.namespace, draft.name);
  if (live?.metadata.deletionTimestamp !== undefined) {
    throw new Error(`object is being deleted: ${qualifiedName(kind)} "${draft.name}" already exists`);
  }
  const body = live === undefined ? withDefaults(kind, draft.body) : merged(kind, live, draft.body);
  return store.apply({ ...draft, body });
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
