import type { KubernetesObject } from "./kubernetes.ts";

const DEPLOYMENTS: ReadonlySet<string> = new Set(["apps/Deployment", "extensions/Deployment"]);
// Controllers that take a Deployment's place, with its fields.
const LIKE_DEPLOYMENTS: ReadonlySet<string> = new Set(["argoproj.io/Rollout", "apps.kruise.io/CloneSet"]);

/** Whether an object keeps a number of equal pods: a Deployment in any API version, or what takes its place. */
export function isDeployment({ group, kind }: KubernetesObject): boolean {
  return DEPLOYMENTS.has(`${group}/${kind}`) || LIKE_DEPLOYMENTS.has(`${group}/${kind}`);
}

/** Whether an object sets the number of pods by their load. */
export function isAutoscaler({ group, kind }: KubernetesObject): boolean {
  return group === "autoscaling" && kind === "HorizontalPodAutoscaler";
}

/** Whether an object bounds how many pods of a selection may be taken down at once. */
export function isDisruptionBudget({ group, kind }: KubernetesObject): boolean {
  return group === "policy" && kind === "PodDisruptionBudget";
}
