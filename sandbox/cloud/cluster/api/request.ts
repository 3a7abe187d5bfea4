import { KINDS, type Kind, kindOfPath } from "../kinds.ts";

/** What a path asks for. */
export type Target =
  | { target: "list"; kind: Kind; namespace: string | undefined }
  | { target: "object"; kind: Kind; namespace: string; name: string }
  | { target: "log"; namespace: string; name: string }
  | { target: "proxy"; namespace: string; service: string; path: string }
  | { target: "pod-proxy"; namespace: string; pod: string; path: string };

/** Reads a resource path such as /apis/apps/v1/namespaces/web/deployments/site; undefined where it names nothing that is served. */
export function targetOf(segments: readonly string[]): Target | undefined {
  const [root, ...rest] = segments;
  if (root === "api") return resourceTarget("", rest[0] ?? "", rest.slice(1));
  if (root === "apis") return resourceTarget(rest[0] ?? "", rest[1] ?? "", rest.slice(2));
  return undefined;
}

function resourceTarget(group: string, version: string, path: readonly string[]): Target | undefined {
  const isNamespaced = path[0] === "namespaces" && path.length > 2;
  const namespace = isNamespaced ? path[1] : undefined;
  const [plural = "", name, subresource, ...rest] = isNamespaced ? path.slice(2) : path;
  const kind = kindOfPath(group, version, plural);
  if (kind === undefined) return undefined;
  if (name === undefined) return { target: "list", kind, namespace };
  if (subresource === undefined) {
    const scoped = KINDS[kind].scope === "Cluster" ? "" : namespace;
    return scoped === undefined ? undefined : { target: "object", kind, namespace: scoped, name };
  }
  if (namespace === undefined) return undefined;
  if (kind === "Pod" && subresource === "log") return { target: "log", namespace, name };
  if (kind === "Pod" && subresource === "proxy")
    return { target: "pod-proxy", namespace, pod: name, path: `/${rest.join("/")}` };
  if (kind === "Service" && subresource === "proxy")
    return { target: "proxy", namespace, service: name, path: `/${rest.join("/")}` };
  return undefined;
}
