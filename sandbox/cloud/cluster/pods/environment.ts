import type { Container } from "../schemas/container.ts";
import { NODE_ADDRESS, podAddress } from "./address.ts";

/** Where a container's variables come from; undefined for an object that isn't there. */
export interface EnvironmentSources {
  configMap(name: string): Record<string, string> | undefined;
  secret(name: string): Record<string, string> | undefined;
}

/** What `fieldRef` can name. */
export interface PodFacts {
  name: string;
  namespace: string;
  uid: string;
  labels: Record<string, string>;
}

export type ResolvedEnvironment =
  /** `secrets` are the values that came out of Secrets: no message may hold one. */
  { outcome: "resolved"; values: Record<string, string>; secrets: string[] } | { outcome: "problem"; message: string };

/** A container's environment as the kubelet would make it, or what it would wait for, in its words. */
export function resolveEnvironment(
  container: Container,
  sources: EnvironmentSources,
  facts: PodFacts,
): ResolvedEnvironment {
  const values: Record<string, string> = {};
  const secrets = new Set<string>();
  const problems: string[] = [];
  for (const { prefix = "", configMapRef, secretRef } of container.envFrom ?? []) {
    const plain = configMapRef === undefined ? {} : entriesOf("configmap", configMapRef, sources, problems);
    const secret = secretRef === undefined ? {} : entriesOf("secret", secretRef, sources, problems);
    for (const [key, value] of Object.entries({ ...plain, ...secret })) values[`${prefix}${key}`] = value;
    for (const value of Object.values(secret)) secrets.add(value);
  }
  for (const { name, value, valueFrom } of container.env ?? []) {
    const found =
      valueFrom === undefined
        ? expandReferences(value ?? "", values)
        : sourceValue(valueFrom, sources, facts, problems);
    if (found !== undefined) values[name] = found;
    if (found !== undefined && valueFrom?.secretKeyRef !== undefined) secrets.add(found);
  }
  const [message] = problems;
  return message === undefined
    ? { outcome: "resolved", values, secrets: [...secrets] }
    : { outcome: "problem", message };
}

/** Replaces `$(NAME)` by the variable's value; `$$(NAME)` stays as `$(NAME)`, and so does an unknown name. */
export function expandReferences(text: string, values: Record<string, string>): string {
  return text.replaceAll(/\$\$|\$\(([^)\s]+)\)/g, (found, name?: string) =>
    name === undefined ? "$" : (values[name] ?? found),
  );
}

type ValueFrom = NonNullable<NonNullable<Container["env"]>[number]["valueFrom"]>;

function sourceValue(
  from: ValueFrom,
  sources: EnvironmentSources,
  facts: PodFacts,
  problems: string[],
): string | undefined {
  if (from.secretKeyRef !== undefined) return entryOf("secret", from.secretKeyRef, sources, facts, problems);
  if (from.configMapKeyRef !== undefined) return entryOf("configmap", from.configMapKeyRef, sources, facts, problems);
  return from.fieldRef === undefined ? undefined : fieldOf(from.fieldRef.fieldPath, facts, problems);
}

interface Reference {
  name: string;
  optional?: boolean | undefined;
}

function entriesOf(
  kind: "secret" | "configmap",
  reference: Reference,
  sources: EnvironmentSources,
  problems: string[],
): Record<string, string> {
  const found = kind === "secret" ? sources.secret(reference.name) : sources.configMap(reference.name);
  if (found === undefined && reference.optional !== true) problems.push(`${kind} "${reference.name}" not found`);
  return found ?? {};
}

function entryOf(
  kind: "secret" | "configmap",
  reference: Reference & { key: string },
  sources: EnvironmentSources,
  facts: PodFacts,
  problems: string[],
): string | undefined {
  const value = entriesOf(kind, reference, sources, problems)[reference.key];
  if (value === undefined && reference.optional !== true) {
    problems.push(`couldn't find key ${reference.key} in ${kind} ${facts.namespace}/${reference.name}`);
  }
  return value;
}

function fieldOf(path: string, facts: PodFacts, problems: string[]): string | undefined {
  const label = /^metadata\.labels\['([^']+)'\]$/.exec(path)?.[1];
  if (label !== undefined) return facts.labels[label] ?? "";
  const fields: Record<string, string> = {
    "metadata.name": facts.name,
    "metadata.namespace": facts.namespace,
    "metadata.uid": facts.uid,
    "status.podIP": podAddress(facts.uid),
    "status.hostIP": NODE_ADDRESS,
    "spec.nodeName": "sandbox",
  };
  if (fields[path] === undefined) problems.push(`fieldPath ${path} isn't supported`);
  return fields[path];
}
