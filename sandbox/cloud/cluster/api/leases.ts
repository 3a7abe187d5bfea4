import { z } from "zod";
import type { Props } from "../../handler.ts";
import { type KubeObject, wireObject } from "../objects.ts";
import type { Store } from "../store.ts";
import { type Answer, failure, json, objectNotFound } from "./answers.ts";

/** Exactly six digits: the API server parses a MicroTime by RFC3339Micro alone (apimachinery, meta/v1/micro_time.go). */
const microTime = z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z$/, "is no RFC3339Micro time");
const subdomain = z.string().regex(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/, "must be a DNS subdomain");

/** A Lease as the API server takes it (pkg/apis/coordination/validation, ValidateLease); a field that isn't used here is refused. */
const leaseSchema = z.strictObject({
  apiVersion: z.literal("coordination.k8s.io/v1"),
  kind: z.literal("Lease"),
  metadata: z.strictObject({
    name: subdomain,
    namespace: z.string().optional(),
    resourceVersion: z.string().optional(),
    labels: z.record(z.string(), z.string()).optional(),
    annotations: z.record(z.string(), z.string()).optional(),
  }),
  spec: z.strictObject({
    holderIdentity: z.string().optional(),
    leaseDurationSeconds: z.int().min(1, "must be greater than 0").optional(),
    acquireTime: microTime.optional(),
    renewTime: microTime.optional(),
    leaseTransitions: z.int().min(0, "must be greater than or equal to 0").optional(),
  }),
});
type Lease = z.infer<typeof leaseSchema>;

const KIND = "Lease";
const RESOURCE = "leases.coordination.k8s.io";

function parsed(text: string): Lease | Answer {
  try {
    return leaseSchema.parse(JSON.parse(text));
  } catch (error) {
    return failure(
      422,
      `Lease.coordination.k8s.io is invalid: ${error instanceof z.ZodError ? z.prettifyError(error) : String(error)}`,
    );
  }
}

function applied(store: Store, namespace: string, { metadata, spec }: Lease): KubeObject {
  const given = Object.entries(spec).flatMap(([field, value]) =>
    value === undefined ? [] : [[field, value] as const],
  );
  const body: Props = { spec: Object.fromEntries(given) };
  const { name, labels = {}, annotations = {} } = metadata;
  return store.apply({ kind: KIND, namespace, name, labels, annotations, body });
}

/** Creates a Lease; of two who do so at the same moment the second is told that it is there. */
export function createLease(store: Store, namespace: string, text: string): Answer {
  const lease = parsed(text);
  if ("code" in lease) return lease;
  const { name } = lease.metadata;
  if (store.get("Namespace", "", namespace) === undefined) return objectNotFound("Namespace", namespace);
  if (lease.metadata.resourceVersion !== undefined) {
    return failure(500, "resourceVersion should not be set on objects to be created");
  }
  if (store.get(KIND, namespace, name) !== undefined) {
    return failure(409, `${RESOURCE} "${name}" already exists`, {}, "AlreadyExists");
  }
  return json(wireObject(applied(store, namespace, lease)), 201);
}

/**
 * Writes a Lease over the version that the writer has read (registry/coordination/lease/strategy.go: no unconditional update). The real
 * one would also create by a PUT, which nobody here needs.
 */
export function replaceLease(store: Store, namespace: string, name: string, text: string): Answer {
  const lease = parsed(text);
  if ("code" in lease) return lease;
  if (lease.metadata.name !== name) {
    return failure(400, `the name of the object (${lease.metadata.name}) does not match the name on the URL (${name})`);
  }
  const found = store.get(KIND, namespace, name);
  if (found === undefined) return objectNotFound(KIND, name);
  const { resourceVersion } = lease.metadata;
  if (resourceVersion === undefined) {
    return failure(
      422,
      `${RESOURCE} "${name}" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update`,
    );
  }
  if (resourceVersion !== String(found.metadata.resourceVersion)) {
    return failure(
      409,
      `Operation cannot be fulfilled on ${RESOURCE} "${name}": the object has been modified; please apply your changes to the latest version and try again`,
    );
  }
  return json(wireObject(applied(store, namespace, lease)));
}
