import type { V1Container, V1EnvVarSource, V1Pod } from "@kubernetes/client-node";
import { expandReferences } from "../../../sandbox/cloud/cluster/pods/environment.ts";

/** Where a container's variables come from; null for an object that isn't there. */
export interface Sources {
  configMap(namespace: string, name: string): Promise<Record<string, string> | null>;
  secret(namespace: string, name: string): Promise<Record<string, string> | null>;
}

/** What a container would wait for, in the kubelet's words: its reason is CreateContainerConfigError. */
export class ConfigError extends Error {}

/** What `fieldRef` can name. */
function fieldOf({ metadata, spec }: V1Pod, podIP: string, path: string): string {
  const label = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path);
  if (label !== null) return metadata?.[label[1] === "labels" ? "labels" : "annotations"]?.[label[2] ?? ""] ?? "";
  const fields: Record<string, string | undefined> = {
    "metadata.name": metadata?.name,
    "metadata.namespace": metadata?.namespace,
    "metadata.uid": metadata?.uid,
    "spec.nodeName": spec?.nodeName,
    "spec.serviceAccountName": spec?.serviceAccountName,
    "status.podIP": podIP,
  };
  const value = fields[path];
  if (value === undefined) throw new ConfigError(`unsupported fieldPath: ${path}`);
  return value;
}

/** A container's environment as the kubelet makes it. @throws ConfigError where something that it names isn't there */
export async function environmentOf(
  container: V1Container,
  pod: V1Pod,
  podIP: string,
  sources: Sources,
): Promise<Record<string, string>> {
  const namespace = pod.metadata?.namespace ?? "default";
  const entries = async (kind: "secret" | "configmap", name = "", optional = false) => {
    const found = await (kind === "secret" ? sources.secret(namespace, name) : sources.configMap(namespace, name));
    if (found === null && !optional) throw new ConfigError(`${kind} "${name}" not found`);
    return found;
  };
  const valueFrom = async ({ secretKeyRef, configMapKeyRef, fieldRef }: V1EnvVarSource): Promise<string | null> => {
    if (fieldRef !== undefined) return fieldOf(pod, podIP, fieldRef.fieldPath);
    const [kind, reference] =
      secretKeyRef === undefined ? (["configmap", configMapKeyRef] as const) : (["secret", secretKeyRef] as const);
    if (reference === undefined) return null;
    const value = (await entries(kind, reference.name, reference.optional))?.[reference.key];
    if (value === undefined && reference.optional !== true) {
      throw new ConfigError(`couldn't find key ${reference.key} in ${kind} ${namespace}/${reference.name}`);
    }
    return value ?? null;
  };
  const values: Record<string, string> = {};
  for (const { prefix = "", configMapRef, secretRef } of container.envFrom ?? []) {
    const plain =
      configMapRef === undefined ? {} : await entries("configmap", configMapRef.name, configMapRef.optional);
    const secret = secretRef === undefined ? {} : await entries("secret", secretRef.name, secretRef.optional);
    for (const [key, value] of Object.entries({ ...plain, ...secret })) values[`${prefix}${key}`] = value;
  }
  for (const { name, value, valueFrom: from } of container.env ?? []) {
    const found = from === undefined ? expandReferences(value ?? "", values) : await valueFrom(from);
    if (found !== null) values[name] = found;
  }
  return values;
}
