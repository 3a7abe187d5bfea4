import { at, type Field, items, textAt } from "./inputs.ts";

/** An object of the Kubernetes API as a resource's inputs have it. */
export interface KubernetesObject {
  /** The API group without its version; "core" for the first one. */
  readonly group: string;
  /** The kind itself, where the type is a `...Patch` or a `...List` of it. */
  readonly kind: string;
  readonly props: Field;
  /** Server-side apply with some fields of an object: what it leaves out stays as it is. */
  readonly patch: boolean;
}

const TYPE = /^kubernetes:([^:/]+)\/[^:]+:(\w+)$/;
// Charts, YAML files and kustomizations: what they render is registered object by object.
const NO_OBJECTS = new Set(["helm.sh", "yaml", "kustomize"]);

/** The objects that a resource of this type stands for: one, those of a `...List`, or none where it is no object at all. */
export function objectsOf(type: string, props: Field): KubernetesObject[] {
  const [, group = "", kind = ""] = TYPE.exec(type) ?? [];
  if (kind === "" || NO_OBJECTS.has(group)) return [];
  if (kind === "List" || (kind.endsWith("List") && Array.isArray(at(props, "items").value))) {
    return items(at(props, "items")).map((item) => ({ ...named(item, group, kind), props: item, patch: false }));
  }
  const patch = kind.endsWith("Patch") && kind !== "Patch";
  return [{ group, kind: patch ? kind.slice(0, -"Patch".length) : kind, props, patch }];
}

/** Whether a type is this kind of this API group, in any version, as a patch or in a list too. */
export function isKind(type: string, group: string, kind: string): boolean {
  const [, ofGroup, ofKind = ""] = TYPE.exec(type) ?? [];
  return ofGroup === group && [kind, `${kind}Patch`, `${kind}List`].includes(ofKind);
}

// An element of a list may name its own kind; where it doesn't, the list's type does.
function named(item: Field, group: string, kind: string): { group: string; kind: string } {
  const version = textAt(at(item, "apiVersion"));
  const own = textAt(at(item, "kind")) ?? kind.slice(0, -"List".length);
  if (version === undefined) return { group, kind: own };
  return { group: version.includes("/") ? (version.split("/")[0] ?? "") : "core", kind: own };
}
