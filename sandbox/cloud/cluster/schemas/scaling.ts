import { z } from "zod";
import { countOrPercent, dnsName, labelSelector, metadata, quantity, seconds } from "./common.ts";

export const podDisruptionBudgetSpec = z
  .strictObject({
    maxUnavailable: countOrPercent.optional(),
    minAvailable: countOrPercent.optional(),
    selector: labelSelector,
    unhealthyPodEvictionPolicy: z.enum(["IfHealthyBudget", "AlwaysAllow"]).optional(),
  })
  .refine(
    (spec) => (spec.maxUnavailable === undefined) !== (spec.minAvailable === undefined),
    "must have one of minAvailable and maxUnavailable",
  );
export type PodDisruptionBudgetSpec = z.infer<typeof podDisruptionBudgetSpec>;

export const podDisruptionBudget = z.strictObject({
  apiVersion: z.literal("policy/v1"),
  kind: z.literal("PodDisruptionBudget"),
  metadata,
  spec: podDisruptionBudgetSpec,
});

const resourceMetric = z.strictObject({
  type: z.literal("Resource", { error: "the sandbox knows Resource metrics only" }),
  resource: z.strictObject({
    name: z.enum(["cpu", "memory"]),
    target: z.strictObject({
      type: z.enum(["Utilization", "AverageValue"]),
      averageUtilization: z.int().min(1).optional(),
      averageValue: quantity.optional(),
    }),
  }),
});

const scalingRules = z.strictObject({
  policies: z
    .array(
      z.strictObject({
        type: z.enum(["Pods", "Percent"]),
        value: z.int().min(1),
        periodSeconds: z.int().min(1).max(1800),
      }),
    )
    .optional(),
  selectPolicy: z.enum(["Max", "Min", "Disabled"]).optional(),
  stabilizationWindowSeconds: seconds.optional(),
});

export const autoscalerSpec = z
  .strictObject({
    behavior: z.strictObject({ scaleDown: scalingRules.optional(), scaleUp: scalingRules.optional() }).optional(),
    maxReplicas: z.int().min(1),
    metrics: z.array(resourceMetric).optional(),
    minReplicas: z.int().min(1).optional(),
    scaleTargetRef: z.strictObject({
      apiVersion: z.literal("apps/v1").optional(),
      kind: z.literal("Deployment"),
      name: dnsName,
    }),
  })
  .refine((spec) => (spec.minReplicas ?? 1) <= spec.maxReplicas, {
    path: ["maxReplicas"],
    error: "must not be less than minReplicas",
  });
export type AutoscalerSpec = z.infer<typeof autoscalerSpec>;

export const horizontalPodAutoscaler = z.strictObject({
  apiVersion: z.literal("autoscaling/v2"),
  kind: z.literal("HorizontalPodAutoscaler"),
  metadata,
  spec: autoscalerSpec,
});
