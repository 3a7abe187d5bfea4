import type { Props } from "../../handler.ts";
import { apiVersionOf, type Kind } from "../kinds.ts";
import { type KubeObject, wireObject } from "../objects.ts";
import type { LabelSelector } from "../schemas/common.ts";
import { matchesSelector, parseLabelSelector } from "../selectors.ts";
import type { Store } from "../store.ts";
import { type Answer, failure, json, objectNotFound } from "./answers.ts";
import { metadataOf, tableOf } from "./table.ts";

/** How a client wants objects to be written. */
export type Format = "objects" | "table" | "metadata";

/** Kubectl asks for a table, which it prints as it is; others want metadata alone (kubernetes, apiserver's endpoints/handlers/response.go). */
export function formatOf(accept: string | undefined): Format {
  const wanted = accept ?? "";
  if (wanted.includes("as=Table")) return "table";
  return wanted.includes("as=PartialObjectMetadata") ? "metadata" : "objects";
}

export function listObjects(
  store: Store,
  kind: Kind,
  namespace: string | undefined,
  query: URLSearchParams,
  format: Format,
): Answer {
  const labels = readSelector(query.get("labelSelector") ?? "");
  if ("problem" in labels) return failure(400, labels.problem);
  const fields = (query.get("fieldSelector") ?? "").split(",").filter((part) => part !== "");
  const unknown = fields.find((field) => fieldReader(field) === undefined);
  if (unknown !== undefined) return failure(400, `field label not supported: ${unknown}`);
  const found = store
    .list(kind, namespace)
    .filter((object) => matchesSelector(labels.selector, object.metadata.labels))
    .filter((object) => fields.every((field) => fieldReader(field)?.(object) ?? true));
  const metadata = { resourceVersion: String(store.resourceVersion()) };
  if (format === "table") return json(tableOf(kind, found, metadata));
  if (format === "metadata") {
    const partial = { kind: "PartialObjectMetadataList", apiVersion: "meta.k8s.io/v1" };
    // An empty one is null: measured on kube-apiserver 1.36.3.
    return json({ ...partial, metadata, items: found.length === 0 ? null : found.map(metadataOf) });
  }
  return json({ kind: `${kind}List`, apiVersion: apiVersionOf(kind), metadata, items: found.map(wireObject) });
}

export function getObject(store: Store, kind: Kind, namespace: string, name: string, format: Format): Answer {
  const object = store.get(kind, namespace, name);
  if (object === undefined) return objectNotFound(kind, name);
  const metadata: Props = { resourceVersion: String(object.metadata.resourceVersion) };
  if (format === "metadata") return json(metadataOf(object));
  return json(format === "table" ? tableOf(kind, [object], metadata) : wireObject(object));
}

function readSelector(text: string): { selector: LabelSelector } | { problem: string } {
  try {
    return { selector: parseLabelSelector(text) };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

/** Whether an object satisfies `field=value`; undefined for a field that can't be selected by. */
function fieldReader(requirement: string): ((object: KubeObject) => boolean) | undefined {
  const parts = /^(metadata\.name|metadata\.namespace|status\.phase)(!=|==?)(.*)$/.exec(requirement);
  if (parts === null) return undefined;
  const [, field, operator, value] = parts;
  return (object) => {
    const actual =
      field === "metadata.name"
        ? object.metadata.name
        : field === "metadata.namespace"
          ? object.metadata.namespace
          : object.status?.phase;
    return (actual === value) === (operator !== "!=");
  };
}
