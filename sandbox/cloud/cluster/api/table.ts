import type { Json, Props } from "../../handler.ts";
import type { Kind } from "../kinds.ts";
import { type KubeObject, wireObject } from "../objects.ts";
import { at, propsList } from "../props.ts";

interface Column {
  name: string;
  value(object: KubeObject): Json;
}

const AGE: Column = { name: "Age", value: (object) => age(object.metadata.creationTimestamp) };
const count = (name: string, path: string): Column => ({ name, value: (object) => at(object.status ?? {}, path) ?? 0 });

/** The columns that kubectl shows between the name and the age. */
const COLUMNS: Partial<Record<Kind, readonly Column[]>> = {
  Pod: [
    { name: "Ready", value: (object) => `${container(object).ready === true ? 1 : 0}/1` },
    { name: "Status", value: podSummary },
    { name: "Restarts", value: (object) => container(object).restartCount ?? 0 },
  ],
  Deployment: [
    {
      name: "Ready",
      value: (object) => `${at(object.status ?? {}, "readyReplicas") ?? 0}/${at(object.body, "spec.replicas") ?? 1}`,
    },
    count("Up-to-date", "updatedReplicas"),
    count("Available", "availableReplicas"),
  ],
  Job: [{ name: "Completions", value: (object) => `${at(object.status ?? {}, "succeeded") ?? 0}/1` }],
  HTTPRoute: [{ name: "Hostnames", value: (object) => JSON.stringify(at(object.body, "spec.hostnames") ?? []) }],
  Secret: [{ name: "Type", value: (object) => object.body.type ?? "Opaque" }],
};

/** Objects as the table that kubectl asks for. */
export function tableOf(kind: Kind, objects: readonly KubeObject[], metadata: Props): Props {
  const columns: Column[] = [{ name: "Name", value: (object) => object.metadata.name }, ...(COLUMNS[kind] ?? []), AGE];
  return {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    metadata,
    columnDefinitions: columns.map(({ name }) => ({
      name,
      type: "string",
      format: name === "Name" ? "name" : "",
      description: "",
      priority: 0,
    })),
    rows: objects.map((object) => ({
      cells: columns.map((column) => column.value(object)),
      object: metadataOf(object),
    })),
  };
}

/** An object's metadata alone. */
export function metadataOf(object: KubeObject): Props {
  const { metadata } = wireObject(object);
  return { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata: metadata ?? {} };
}

function podSummary(object: KubeObject): string {
  if (object.metadata.deletionTimestamp !== undefined) return "Terminating";
  const reason = at(container(object), "state.waiting.reason");
  return String(reason ?? at(object.status ?? {}, "phase") ?? "Unknown");
}

function container(object: KubeObject): Props {
  return propsList(object.status?.containerStatuses)[0] ?? {};
}

function age(since: string): string {
  const seconds = Math.max(0, Math.round((Date.now() - Date.parse(since)) / 1000));
  if (seconds < 120) return `${seconds}s`;
  return seconds < 7200 ? `${Math.floor(seconds / 60)}m` : `${Math.floor(seconds / 3600)}h`;
}
