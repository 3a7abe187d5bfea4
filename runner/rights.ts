/** A rule of RBAC. */
export interface Rule {
  apiGroups: readonly string[];
  resources: readonly string[];
  verbs: readonly string[];
  resourceNames?: readonly string[];
}

/** What a stack update makes and keeps: the program's kinds, in its own namespace. */
const OF_THE_PROGRAM: Readonly<Record<string, readonly string[]>> = {
  "": ["serviceaccounts", "secrets", "configmaps", "services"],
  apps: ["deployments"],
  batch: ["jobs"],
  policy: ["poddisruptionbudgets"],
  autoscaling: ["horizontalpodautoscalers"],
  "networking.k8s.io": ["networkpolicies"],
  "gateway.networking.k8s.io": ["httproutes"],
};
/**
 * The provider creates, patches by server-side apply, reads and deletes, and lists and watches each kind until what it deletes is gone
 * (pulumi-kubernetes, provider/pkg/await/await.go); it updates CustomResourceDefinitions alone.
 */
const KEEPS = ["get", "list", "watch", "create", "patch", "delete"];

/**
 * What the provider watches while it waits for Deployments, Jobs and Services (provider/pkg/await: deployment.go, job.go, service.go,
 * watchers.go). Where one of them is forbidden it waits for good: claims too, which no release has.
 */
const WAITS_FOR: readonly Rule[] = [
  { apiGroups: [""], resources: ["pods", "events", "endpoints", "persistentvolumeclaims"], verbs: ["list", "watch"] },
  { apiGroups: ["apps"], resources: ["replicasets"], verbs: ["list", "watch"] },
];

/** An incident replaces a single pod by a patch of it (infra/program/components/pod-restarts.ts). */
const PATCHES_PODS: Rule = { apiGroups: [""], resources: ["pods"], verbs: ["get", "patch"] };

/** What the runner itself reads and does (infra/clients/kubernetes.ts). */
const OF_THE_RUNNER: readonly Rule[] = [
  { apiGroups: [""], resources: ["pods"], verbs: ["delete"] },
  { apiGroups: [""], resources: ["pods/log", "pods/proxy"], verbs: ["get"] },
  // A command in a pod is a WebSocket: a GET, for which the API server asks for create since 1.35.
  { apiGroups: [""], resources: ["pods/exec"], verbs: ["get", "create"] },
  { apiGroups: ["elbv2.k8s.aws"], resources: ["targetgroupbindings"], verbs: ["list"] },
];

/** The rights in a stack's namespace; who leads is written into the stack's own Lease alone. */
export function stackRules(namespace: string, lease: string): Rule[] {
  return [
    ...Object.entries(OF_THE_PROGRAM).map(([group, resources]) => ({ apiGroups: [group], resources, verbs: KEEPS })),
    { apiGroups: [""], resources: ["namespaces"], verbs: ["get", "patch"], resourceNames: [namespace] },
    ...WAITS_FOR,
    PATCHES_PODS,
    ...OF_THE_RUNNER,
    // A name can't be held against a create.
    { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["create"] },
    { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["get", "update"], resourceNames: [lease] },
  ];
}

/** The rights in a Gateway's namespace: where its listener is, and its counters where they are scraped through the API server. */
export function gatewayRules(): Rule[] {
  return [
    { apiGroups: ["gateway.networking.k8s.io"], resources: ["gateways"], verbs: ["get"] },
    { apiGroups: [""], resources: ["services/proxy"], verbs: ["get"] },
  ];
}

/** The rights in the service's own namespace: what an update's lock stands for that a pod has left which was killed. */
export function ownRules(): Rule[] {
  return [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }];
}
