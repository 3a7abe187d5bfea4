import { at, type Field, isMissing, isUnknown, textAt } from "./inputs.ts";
import { objectsOf } from "./kubernetes.ts";

/** A ConfigMap or a Secret of the program, from which containers take variables. */
export interface Source {
  readonly kind: string;
  readonly name: Field;
  readonly namespace: Field;
  readonly props: Field;
}

interface Seen {
  readonly type: string;
  readonly props: Field;
}

const KINDS: Readonly<Record<string, string>> = { configMapRef: "ConfigMap", secretRef: "Secret" };
const KEY_KINDS: Readonly<Record<string, string>> = { configMapKeyRef: "ConfigMap", secretKeyRef: "Secret" };

/** What a container is referred to. */
export interface Reference {
  readonly kind: string;
  readonly name: Field;
  /** The key of one variable; missing where all of them are taken. */
  readonly key: Field;
  /** What is put before each variable's name. */
  readonly prefix: string;
  /** Where the reference stands. */
  readonly path: string;
}

/** The ConfigMaps and Secrets that a program makes. */
export function sourcesOf(resources: readonly Seen[]): Source[] {
  return resources
    .flatMap(({ type, props }) => objectsOf(type, props))
    .filter(({ group, kind }) => group === "core" && (kind === "ConfigMap" || kind === "Secret"))
    .map(({ kind, props }) => {
      const metadata = at(props, "metadata");
      return { kind, props, name: at(metadata, "name"), namespace: at(metadata, "namespace") };
    });
}

/** What an element of `envFrom` refers to. */
export function wholeReference(element: Field): Reference | undefined {
  const prefix = textAt(at(element, "prefix")) ?? "";
  return referenceIn(element, KINDS, prefix);
}

/** What a variable's `valueFrom` refers to. */
export function keyReference(source: Field): Reference | undefined {
  return referenceIn(source, KEY_KINDS, "");
}

function referenceIn(field: Field, kinds: Readonly<Record<string, string>>, prefix: string): Reference | undefined {
  for (const [place, kind] of Object.entries(kinds)) {
    const reference = at(field, place);
    if (isMissing(reference) || isUnknown(field)) continue;
    return { kind, name: at(reference, "name"), key: at(reference, "key"), prefix, path: reference.path };
  }
  return undefined;
}

/** The sources of the program that a reference from this namespace may mean: names that a preview doesn't know may be any. */
export function meant(reference: Reference, namespace: Field, sources: readonly Source[]): Source[] {
  return sources.filter(
    (source) =>
      source.kind === reference.kind &&
      mayEqual(source.name, reference.name) &&
      (isMissing(namespace) || isMissing(source.namespace) || mayEqual(namespace, source.namespace)),
  );
}

/** What a source holds under a key, in clear. */
export function heldUnder(key: string, { kind, props }: Source): Field {
  const given = at(props, "stringData", key);
  if (kind === "Secret" && !isMissing(given)) return given;
  const held = at(props, "data", key);
  const text = textAt(held);
  if (kind !== "Secret" || text === undefined) return held;
  return { path: held.path, value: Buffer.from(text, "base64").toString("utf8") };
}

function mayEqual(one: Field, other: Field): boolean {
  return isUnknown(one) || isUnknown(other) || one.value === other.value;
}
