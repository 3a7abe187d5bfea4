/** What the API server and the provider have to know of a kind. */
export interface KindInfo {
  /** Empty for the core group. */
  group: string;
  version: string;
  plural: string;
  singular: string;
  shortNames: readonly string[];
  scope: "Namespaced" | "Cluster";
}

export const KINDS = {
  Namespace: core("namespaces", "namespace", ["ns"], "Cluster"),
  ServiceAccount: core("serviceaccounts", "serviceaccount", ["sa"], "Namespaced"),
  Secret: core("secrets", "secret", [], "Namespaced"),
  ConfigMap: core("configmaps", "configmap", ["cm"], "Namespaced"),
  Service: core("services", "service", ["svc"], "Namespaced"),
  Pod: core("pods", "pod", ["po"], "Namespaced"),
  Deployment: kind("apps", "v1", "deployments", "deployment", ["deploy"]),
  Job: kind("batch", "v1", "jobs", "job", []),
  PodDisruptionBudget: kind("policy", "v1", "poddisruptionbudgets", "poddisruptionbudget", ["pdb"]),
  HorizontalPodAutoscaler: kind("autoscaling", "v2", "horizontalpodautoscalers", "horizontalpodautoscaler", ["hpa"]),
  NetworkPolicy: kind("networking.k8s.io", "v1", "networkpolicies", "networkpolicy", ["netpol"]),
  Role: kind("rbac.authorization.k8s.io", "v1", "roles", "role", []),
  RoleBinding: kind("rbac.authorization.k8s.io", "v1", "rolebindings", "rolebinding", []),
  HTTPRoute: kind("gateway.networking.k8s.io", "v1", "httproutes", "httproute", []),
  GatewayClass: {
    ...kind("gateway.networking.k8s.io", "v1", "gatewayclasses", "gatewayclass", ["gc"]),
    scope: "Cluster",
  },
  Gateway: kind("gateway.networking.k8s.io", "v1", "gateways", "gateway", ["gtw"]),
  Lease: kind("coordination.k8s.io", "v1", "leases", "lease", []),
} as const satisfies Record<string, KindInfo>;

export type Kind = keyof typeof KINDS;

/** Every kind, in the order of the table. */
export const KIND_NAMES: readonly Kind[] = [
  "Namespace",
  "ServiceAccount",
  "Secret",
  "ConfigMap",
  "Service",
  "Pod",
  "Deployment",
  "Job",
  "PodDisruptionBudget",
  "HorizontalPodAutoscaler",
  "NetworkPolicy",
  "Role",
  "RoleBinding",
  "HTTPRoute",
  "GatewayClass",
  "Gateway",
  "Lease",
];

/** `v1` for the core group, else `group/version`. */
export function apiVersionOf(name: Kind): string {
  const { group, version } = KINDS[name];
  return group === "" ? version : `${group}/${version}`;
}

/** The kind that a Pulumi type token such as `kubernetes:apps/v1:Deployment` names. */
export function kindOfToken(token: string): Kind | undefined {
  return KIND_NAMES.find(
    (name) => token === `kubernetes:${KINDS[name].group || "core"}/${KINDS[name].version}:${name}`,
  );
}

/** The kind that a path such as /apis/apps/v1/.../deployments names. */
export function kindOfPath(group: string, version: string, plural: string): Kind | undefined {
  return KIND_NAMES.find((name) => {
    const info = KINDS[name];
    return info.group === group && info.version === version && info.plural === plural;
  });
}

/** `deployments.apps "web"`, as the API server's messages name an object. */
export function qualifiedName(name: Kind): string {
  const { group, plural } = KINDS[name];
  return group === "" ? plural : `${plural}.${group}`;
}

function core(plural: string, singular: string, shortNames: readonly string[], scope: KindInfo["scope"]): KindInfo {
  return { group: "", version: "v1", plural, singular, shortNames, scope };
}

function kind(
  group: string,
  version: string,
  plural: string,
  singular: string,
  shortNames: readonly string[],
): KindInfo {
  return { group, version, plural, singular, shortNames, scope: "Namespaced" };
}
