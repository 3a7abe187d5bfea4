import type { z } from "zod";
import type { Kind } from "../kinds.ts";
import { configMap, namespace, secret, service, serviceAccount } from "./core.ts";
import { httpRoute } from "./http-route.ts";
import { networkPolicy } from "./network-policy.ts";
import { role, roleBinding } from "./rbac.ts";
import { horizontalPodAutoscaler, podDisruptionBudget } from "./scaling.ts";
import { deployment, job } from "./workloads.ts";

/** The kinds that the program may declare, each with every field that the sandbox knows. */
export const SCHEMAS = new Map<Kind, z.ZodType>([
  ["Namespace", namespace],
  ["ServiceAccount", serviceAccount],
  ["Secret", secret],
  ["ConfigMap", configMap],
  ["Service", service],
  ["Deployment", deployment],
  ["Job", job],
  ["PodDisruptionBudget", podDisruptionBudget],
  ["HorizontalPodAutoscaler", horizontalPodAutoscaler],
  ["NetworkPolicy", networkPolicy],
  ["Role", role],
  ["RoleBinding", roleBinding],
  ["HTTPRoute", httpRoute],
]);
