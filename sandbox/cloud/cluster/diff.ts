import type { Json, Props } from "../handler.ts";
import type { Kind } from "./kinds.ts";
import { canonical } from "./objects.ts";
import { at } from "./props.ts";

export interface ObjectDiff {
  changes: "none" | "some";
  replaces: string[];
  deleteBeforeReplace?: true;
}

/**
 * Fields whose change the provider makes a replacement of, besides the name and the namespace (pulumi-kubernetes,
 * provider/pkg/provider/diff.go, forceNew). The data of Secrets and ConfigMaps are among them, sealed or not, unless the provider is
 * told otherwise (enableSecretMutable, enableConfigMapMutable).
 */
const REPLACING: Partial<Record<Kind, readonly string[]>> = {
  Deployment: ["spec.selector"],
  Job: ["spec.completions", "spec.parallelism", "spec.template"],
  Secret: ["type", "stringData", "data"],
  ConfigMap: ["data"],
  RoleBinding: ["roleRef"],
};
/** Fields that the API server refuses to change in place (kubernetes, pkg/apis/apps, batch and core/validation/validation.go). */
const IMMUTABLE: Partial<Record<Kind, readonly string[]>> = {
  Deployment: ["spec.selector"],
  Job: ["spec.completions", "spec.template"],
  Secret: ["type"],
  RoleBinding: ["roleRef"],
};
const SEALED = ["data", "immutable"];

/** Compares the inputs of two updates of one object. A replacement of the same name has to delete the old object first. */
export function diffInputs(kind: Kind, olds: Props, news: Props): ObjectDiff {
  const replaces = ["metadata.name", "metadata.namespace", ...(REPLACING[kind] ?? [])].filter((path) =>
    differs(at(olds, path), at(news, path)),
  );
  const changed = [
    "apiVersion",
    "kind",
    "metadata",
    "spec",
    "data",
    "stringData",
    "immutable",
    "type",
    "automountServiceAccountToken",
    "imagePullSecrets",
    "rules",
    "roleRef",
    "subjects",
  ].some((field) => differs(olds[field], news[field]));
  const sameName =
    !differs(at(olds, "metadata.name"), at(news, "metadata.name")) &&
    !differs(at(olds, "metadata.namespace"), at(news, "metadata.namespace"));
  return {
    changes: changed || replaces.length > 0 ? "some" : "none",
    replaces,
    ...(replaces.length > 0 && sameName ? { deleteBeforeReplace: true } : {}),
  };
}

/** The fields of a kind that the API server refuses to change in place; a sealed Secret or ConfigMap has more of them. */
export function immutableFields(kind: Kind, olds: Props): readonly string[] {
  const sealed = (kind === "Secret" || kind === "ConfigMap") && olds.immutable === true;
  return [...(IMMUTABLE[kind] ?? []), ...(sealed ? SEALED : [])];
}

function differs(a: Json | undefined, b: Json | undefined): boolean {
  return canonical(a ?? null) !== canonical(b ?? null);
}
